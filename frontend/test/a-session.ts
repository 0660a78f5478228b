import type { Session, SessionPicture } from "../src/wire";

export const NOW = Date.UTC(2026, 10, 29, 12);

/** A session in its third phase of four, of which 60 of 240 s are over. */
export function aSession(more: Partial<Session> = {}): Session {
  return {
    kind: "dedicated",
    surface: "treadmill",
    rehearsal: false,
    moves_belt: true,
    waits_for_go: false,
    takes_go: false,
    pace: 1,
    ends: NOW + 180_000,
    length: 240,
    left: 240,
    index: 2,
    phases: [
      { motion: "forward", seconds: 180 },
      { motion: "turning", seconds: 20 },
      { motion: "backward", seconds: 240 },
      { motion: "forward", seconds: 240 },
    ],
    next: { motion: "forward", seconds: 240 },
    bout: [1, 1],
    hands: "both_rails",
    speed: 2.4,
    grade: 0,
    reason: null,
    reason_text: null,
    ...more,
  };
}

export function aPicture(more: Partial<SessionPicture> = {}): SessionPicture {
  return {
    now: NOW,
    runner: "Ann",
    is_alone: true,
    switch: "switch.ann_session",
    gym_device: "gym",
    may_control: true,
    state: "walking_backward",
    week: { minutes: 27, goal: 45 },
    blockers: [],
    is_watched: true,
    belt_stands: false,
    speed_sensor: null,
    heart_rate_sensor: null,
    failed_stop: null,
    held_by: null,
    session: aSession(),
    today: null,
    last: null,
    ...more,
  };
}
