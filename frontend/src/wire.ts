/**
 * What the integration sends to the cards (custom_components/retrowalk/pictures.py).
 *
 * Instants are ms since 1970 (UTC), lengths seconds, minutes minutes, days ISO dates of the home.
 */

export type Motion = "backward" | "forward" | "turning" | "standing";
export type Kind = "warm_up" | "cool_down" | "dedicated" | "hill" | "benchmark";
export type State =
  | "idle"
  | "preparing"
  | "ready"
  | "get_ready"
  | "walking_backward"
  | "walking_forward"
  | "turning"
  | "resting"
  | "paused";
export type Surface = "treadmill" | "lane";
/** What can be asked for, by the names of the actions. */
export type Verb =
  | "start_session"
  | "go"
  | "pause_session"
  | "check_in"
  | "log_session"
  | "edit_session"
  | "delete_session";
export type Hands = "both_rails" | "one_rail" | "light_touch" | "hover" | "free";

export interface Phase {
  motion: Motion;
  seconds: number;
}

export interface Start {
  kind: Kind;
  /** The whole walk. */
  minutes: number;
  backward: number;
}

export interface Session {
  kind: Kind;
  surface: Surface;
  rehearsal: boolean;
  moves_belt: boolean;
  /** Nothing but a person's go lets it go on. */
  waits_for_go: boolean;
  /** A go would be taken, unless something is in the way: a belt that was moved stands. */
  takes_go: boolean;
  /** How much faster than real time it goes. */
  pace: number;
  ends: number | null;
  /** How long what is on lasts in all; 0 where nobody knows. */
  length: number;
  /** What was left of the phase when this state began. */
  left: number | null;
  /** -1 before the plan begins. */
  index: number;
  phases: Phase[];
  next: Phase | null;
  bout: [number, number] | null;
  hands: Hands;
  speed: number | null;
  grade: number | null;
  reason: string | null;
  reason_text: string | null;
}

export interface Blocker {
  entity: string;
  /** Empty for whoever may not read the entity. */
  name: string;
  reason:
    | "obstructed"
    | "unavailable"
    | "not_ready"
    | "belt_moving"
    | "belt_silent"
    | "stop_dead"
    | "stop_pending";
}

export interface FailedStop {
  since: number;
  times: number;
  /** The plug was told to switch off. */
  plug_told: boolean;
}

export interface Walk {
  id: string;
  kind: Kind;
  level: number;
  surface: Surface;
  started: number;
  ended: number;
  minutes: number;
  /** Where it was walked backward: since its start, and how long. */
  stretches: [number, number][];
  /** The phases and pauses that were gone through, with their seconds; nothing: nobody knows. */
  trail: [State, number][];
  source: "walked" | "logged" | "edited";
  evidence: string;
  distance_m: number | null;
  kcal: number | null;
  effort: number | null;
  pain: number | null;
  next_pain: number | null;
}

export interface Today {
  advice: Kind | "rest" | "check_in" | "locked";
  walk: Start | null;
  reasons: string[];
  others: Start[];
}

export interface Week {
  minutes: number;
  goal: number;
}

export interface SessionPicture {
  gone?: never;
  now: number;
  runner: string;
  is_alone: boolean;
  switch: string;
  gym_device: string;
  may_control: boolean;
  state: State;
  week: Week;
  blockers: Blocker[];
  /** Whether anything watches the path. */
  is_watched: boolean;
  belt_stands: boolean | null;
  speed_sensor: string | null;
  heart_rate_sensor: string | null;
  failed_stop: FailedStop | null;
  held_by: string | null;
  session: Session | null;
  today: Today | null;
  last: Walk | null;
}

export interface Day {
  date: string;
  minutes: number | null;
  proposed: number | null;
  running: "yes" | "no" | "unknown" | "not_asked";
}

export interface PastWeek {
  start: string;
  minutes: number;
  goal: number | null;
  met: boolean;
}

/** One thing that the next level takes. */
export interface Criterion {
  key: "sessions" | "days" | "hills" | "good_sessions";
  done: number;
  of: number;
}

export interface WeekPicture {
  gone?: never;
  now: number;
  runner: string;
  switch: string;
  may_control: boolean;
  today: string;
  week: Week & { streak: number };
  days: Day[];
  weeks: PastWeek[];
  level: { number: number; since: string; reasons: string[]; criteria: Criterion[] };
  walks: Walk[];
}

/** The runner, or its gym, is not there now; nothing more is sent. */
export interface Gone {
  gone: true;
  now: number;
}
