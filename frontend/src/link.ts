/** A card's line to one runner: pictures as they change, and whether anybody can be heard. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Connection, Hass } from "./ha";
import { ServerClock } from "./time";
import type { Gone } from "./wire";

/** A socket that is away for less than this was only changing trains. */
export const AWAY_MS = 5000;
const AGAIN_MS = 3000;

export class Link<P extends { now: number }> implements ReactiveController {
  picture: P | undefined;
  /** The runner is not there: never was, or was removed, or its gym is being loaded. */
  isGone = false;
  isOffline = false;
  readonly clock = new ServerClock();

  private connection: Connection | undefined;
  private device: string | undefined;
  private language = "en";
  private unsubscribe: (() => Promise<void>) | undefined;
  /** Counts subscriptions, so that what an older one says is not heard any more. */
  private turn = 0;
  private timer: number | undefined;
  private isConnected = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly command: "session" | "week",
    private readonly onPicture: (picture: P, before: P | undefined) => void = () => undefined,
  ) {
    host.addController(this);
  }

  /** Follow a runner; does nothing where it is followed already. */
  follow(hass: Hass, device: string | undefined): void {
    const isSame =
      this.connection === hass.connection &&
      this.device === device &&
      this.language === hass.language;
    if (isSame) return;
    this.leave();
    this.connection = hass.connection;
    this.device = device;
    this.language = hass.language;
    this.picture = undefined;
    this.isGone = false;
    if (this.isConnected) this.join();
  }

  hostConnected(): void {
    this.isConnected = true;
    this.join();
  }

  hostDisconnected(): void {
    this.isConnected = false;
    this.leave();
  }

  private join(): void {
    if (this.connection === undefined || this.device === undefined) return;
    this.connection.addEventListener("ready", this.back);
    this.connection.addEventListener("disconnected", this.away);
    if (!this.connection.connected) this.away();
    void this.subscribe();
  }

  private leave(): void {
    this.turn += 1;
    this.connection?.removeEventListener("ready", this.back);
    this.connection?.removeEventListener("disconnected", this.away);
    clearTimeout(this.timer);
    const unsubscribe = this.unsubscribe;
    this.unsubscribe = undefined;
    // Where the connection is away there is nothing to unsubscribe from.
    unsubscribe?.().catch(() => undefined);
  }

  private readonly away = (): void => {
    this.turn += 1;
    this.unsubscribe = undefined;
    this.wait(AWAY_MS, () => {
      this.isOffline = true;
      this.host.requestUpdate();
    });
  };

  private readonly back = (): void => {
    clearTimeout(this.timer);
    void this.subscribe();
  };

  private async subscribe(): Promise<void> {
    const turn = ++this.turn;
    try {
      const unsubscribe = await this.connection?.subscribeMessage(
        (message: P | Gone) => {
          if (turn === this.turn) this.take(message);
        },
        {
          type: `retrowalk/${this.command}`,
          device_id: this.device,
          language: this.language,
        },
        { resubscribe: false },
      );
      if (turn === this.turn) this.unsubscribe = unsubscribe;
      else unsubscribe?.().catch(() => undefined);
    } catch {
      if (turn === this.turn) this.missed();
    }
  }

  private take(message: P | Gone): void {
    this.clock.learn(message.now);
    this.isOffline = false;
    if ("gone" in message) {
      this.missed();
      return;
    }
    const before = this.picture;
    this.picture = message;
    this.isGone = false;
    this.onPicture(this.picture, before);
    this.host.requestUpdate();
  }

  /** Ask again in a while: the gym may be starting. */
  private missed(): void {
    this.isGone = true;
    this.host.requestUpdate();
    if (this.connection?.connected) this.wait(AGAIN_MS, () => void this.subscribe());
  }

  private wait(ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(then, ms);
  }
}
