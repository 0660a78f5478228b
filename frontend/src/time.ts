/** Pure reckoning: what a clock face and a ring show. */

import type { Session, State } from "./wire";

/** The clock of the server, as this screen knows it. */
export class ServerClock {
  private offset: number | undefined;

  constructor(private readonly here: () => number = () => performance.now()) {}

  /**
   * Learn from the `now` of a message. A message that was long under way makes the server's clock
   * look behind, so that the quickest one is believed; a jump of more than a second is a clock that
   * was set.
   */
  learn(now: number): void {
    const offset = now - this.here();
    if (this.offset === undefined || offset > this.offset || this.offset - offset > 1000) {
      this.offset = offset;
    }
  }

  now(): number {
    return this.here() + (this.offset ?? 0);
  }
}

/** States whose phase counts down. */
const COUNTS: ReadonlySet<State> = new Set<State>([
  "walking_backward",
  "walking_forward",
  "resting",
]);

/** The seconds left of what is on, as the walker counts them; null where only a person ends it. */
export function secondsLeft(state: State, session: Session, now: number): number | null {
  if (state === "paused") return session.left;
  if (session.ends === null) return null;
  return Math.max(0, ((session.ends - now) / 1000) * session.pace);
}

/** What is left to be walked of the phase; of one that waits for a go, what was left of it before. */
function leftOfPhase(state: State, session: Session, now: number): number | null {
  const counts = COUNTS.has(state) && session.ends !== null && !session.waits_for_go;
  return counts ? secondsLeft(state, session, now) : session.left;
}

/** The share of it that is left, for the ring. */
export function shareLeft(state: State, session: Session, now: number): number {
  const left = secondsLeft(state, session, now);
  if (left === null || !session.length) return 1;
  return Math.min(1, left / session.length);
}

/** Until the digits change next, in real ms. */
export function untilNextSecond(left: number, pace: number): number {
  const fraction = left - Math.ceil(left - 1);
  return Math.max(1000 / 60, Math.min(1000, (fraction * 1000) / pace) + 5);
}

/** `2:35`; a second that has begun still counts. */
export function digits(seconds: number): string {
  const whole = Math.ceil(seconds - 1e-6);
  const rest = String(whole % 60).padStart(2, "0");
  return `${String(Math.floor(whole / 60))}:${rest}`;
}

/** What is still to be walked of the whole session, in minutes, rounded up. */
export function minutesToGo(state: State, session: Session, now: number): number {
  const current = session.phases[session.index];
  const later = session.phases
    .slice(session.index + 1)
    .reduce((sum, each) => sum + each.seconds, 0);
  let here = 0;
  if (current !== undefined) here = leftOfPhase(state, session, now) ?? 0;
  return Math.ceil((here + later) / 60 - 1e-6);
}

/** The share of the current phase that is done, for the strip. */
export function doneShare(state: State, session: Session, now: number): number {
  const current = session.phases[session.index];
  if (!current?.seconds) return 0;
  const left = leftOfPhase(state, session, now);
  return Math.max(0, Math.min(1, 1 - (left ?? current.seconds) / current.seconds));
}

/** An instant as a field for date and time shows it, by the clock of a time zone. */
export function localInput(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  }).formatToParts(ms);
  const of = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

/** An instant that such a field means: one of two, where an hour comes twice. */
export function instantOf(input: string, timeZone: string): string {
  const wanted = Date.parse(`${input}Z`);
  let instant = wanted;
  // The first look finds how far the zone is off, the second what it is off there.
  for (let look = 0; look < 2; look += 1) {
    instant += wanted - Date.parse(`${localInput(instant, timeZone)}Z`);
  }
  return new Date(instant).toISOString();
}
