/** A press of Stop: it acts when a thumb comes down, and is sent again where nobody has heard it. */

import { DOMAIN, type Connection, type Hass } from "./ha";
import { AWAY_MS } from "./link";

/** The click that follows a press is the same press. */
const SAME_PRESS_MS = 700;
/** It is sent if the connection is back within this. */
const LASTS_MS = 60_000;
/** What Home Assistant says of a call whose connection was lost on the way. */
const CONNECTION_LOST = 3;

export class StopPress {
  /** It was pressed, and nobody has answered. */
  waits = false;
  private pressed = -Infinity;
  private until = 0;
  private forgets: number | undefined;

  /** `where` gives the home and the id of the gym's device: not known, every gym is stopped. */
  constructor(
    private readonly where: () => { home: Hass | undefined; gym: string | undefined },
    private readonly changed: () => void,
  ) {}

  readonly press = (event: Event): void => {
    const now = performance.now();
    const isSame = event.type === "click" && now - this.pressed < SAME_PRESS_MS;
    if (event.type === "pointerdown") this.pressed = now;
    if (isSame) return;
    this.until = now + LASTS_MS;
    this.send();
  };

  private readonly send = (): void => {
    const { home, gym } = this.where();
    if (home === undefined) return;
    const { connection } = home;
    connection.removeEventListener("ready", this.send);
    if (!connection.connected) {
      this.wait(connection);
      return;
    }
    // An answer takes no time. Without one the line is dead, and nobody has noticed yet.
    const silence = window.setTimeout(() => {
      this.say(true);
    }, AWAY_MS);
    home
      .callService(DOMAIN, "stop_everything", gym === undefined ? {} : { device_id: gym })
      .then(
        () => {
          this.say(false);
        },
        (error: unknown) => {
          if (codeOf(error) === CONNECTION_LOST) this.wait(connection);
          else this.say(false); // Home Assistant shows why
        },
      )
      .finally(() => {
        clearTimeout(silence);
      });
  };

  /** Send it when the connection is back, unless that is too late. */
  private wait(connection: Connection): void {
    connection.addEventListener("ready", this.send);
    clearTimeout(this.forgets);
    this.forgets = window.setTimeout(() => {
      connection.removeEventListener("ready", this.send);
      this.say(false);
    }, this.until - performance.now());
    this.say(true);
  }

  private say(waits: boolean): void {
    if (this.waits === waits) return;
    this.waits = waits;
    this.changed();
  }
}

function codeOf(error: unknown): unknown {
  const { code, error: inner } = (error ?? {}) as { code?: unknown; error?: { code?: unknown } };
  return inner?.code ?? code ?? error;
}
