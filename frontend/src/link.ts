/** A card's line to one runner: pictures as they change, and whether anybody can be heard. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Connection, Hass } from "./ha";
import { ServerClock } from "./time";
import type { Gone } from "./wire";

/** A socket that is away for less than this was only changing trains. */
export const AWAY_MS = 5000;
/** A gym that is not there is asked for again after this, and then less and less often. */
const AGAIN_MS = 3000;
const SELDOM_MS = 60_000;
/** For so long a walk that was lost with its gym may come back: Home Assistant may be starting. */
export const MAY_COME_BACK_MS = 120_000;

export class Link<P extends { now: number }> implements ReactiveController {
  picture: P | undefined;
  /** The runner is not there: never was, or was removed, or its gym is being loaded. */
  isGone = false;
  /** Whoever looks may not. */
  isForbidden = false;
  isOffline = false;
  readonly clock = new ServerClock();

  private connection: Connection | undefined;
  private device: string | undefined;
  private language = "en";
  private unsubscribe: (() => Promise<void>) | undefined;
  /** Counts subscriptions, so that what an older one says is not heard any more. */
  private turn = 0;
  private asksAgainAfter = AGAIN_MS;
  private goneSince = 0;
  private asking: number | undefined;
  private leaving: number | undefined;
  private isConnected = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly command: "session" | "week",
    private readonly onPicture: (picture: P, before: P | undefined) => void = () => undefined,
  ) {
    host.addController(this);
  }

  /** Whether a walk that was shown last may still go on where nobody can be asked. */
  get mayComeBack(): boolean {
    return !this.isForbidden && this.isGone && Date.now() - this.goneSince < MAY_COME_BACK_MS;
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
    this.isGone = this.isForbidden = this.isOffline = false;
    this.host.requestUpdate();
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
    if (this.connection.connected) void this.subscribe();
    else this.away();
  }

  private leave(): void {
    this.turn += 1;
    this.connection?.removeEventListener("ready", this.back);
    this.connection?.removeEventListener("disconnected", this.away);
    clearTimeout(this.asking);
    clearTimeout(this.leaving);
    const unsubscribe = this.unsubscribe;
    this.unsubscribe = undefined;
    // Where the connection is away there is nothing to unsubscribe from.
    unsubscribe?.().catch(() => undefined);
  }

  private readonly away = (): void => {
    this.turn += 1;
    this.unsubscribe = undefined;
    clearTimeout(this.asking);
    clearTimeout(this.leaving);
    this.leaving = window.setTimeout(() => {
      this.isOffline = true;
      this.host.requestUpdate();
    }, AWAY_MS);
  };

  /** Until somebody has answered, nobody knows what is so: what was away stays away. */
  private readonly back = (): void => {
    this.asksAgainAfter = AGAIN_MS;
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
    } catch (error) {
      if (turn !== this.turn) return;
      this.isForbidden = (error as { code?: unknown } | undefined)?.code === "unauthorized";
      this.missed();
    }
  }

  private take(message: P | Gone): void {
    this.clock.learn(message.now);
    if ("gone" in message) {
      this.unsubscribe = undefined; // it has said its last
      this.missed();
      return;
    }
    clearTimeout(this.leaving);
    const before = this.picture;
    this.picture = message;
    this.isGone = this.isForbidden = this.isOffline = false;
    this.asksAgainAfter = AGAIN_MS;
    this.host.requestUpdate();
    this.onPicture(message, before);
  }

  /** Ask again in a while: the gym may be starting. */
  private missed(): void {
    clearTimeout(this.leaving);
    if (!this.isGone) this.goneSince = Date.now();
    this.isGone = true;
    this.isOffline = false;
    this.host.requestUpdate();
    if (this.isForbidden || this.connection?.connected !== true) return;
    clearTimeout(this.asking);
    this.asking = window.setTimeout(() => void this.subscribe(), this.asksAgainAfter);
    this.asksAgainAfter = Math.min(SELDOM_MS, 2 * this.asksAgainAfter);
  }
}
