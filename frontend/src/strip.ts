/** The plan as a strip: width is time, height effort, filled is what is done. */

import { html, nothing, type TemplateResult } from "lit";
import { classes } from "./classes";
import type { Motion, State, Walk } from "./wire";

export interface Piece {
  motion: Motion;
  seconds: number;
}

/**
 * `index` is the piece that is on, -1 before the first; `label` is what a screen reader says of it,
 * nothing where nobody knows.
 */
export function strip(pieces: readonly Piece[], index: number, label: string): TemplateResult {
  return html`<div class="strip" role=${label ? "img" : "none"} aria-label=${label || nothing}>
    ${pieces.map(
      ({ motion, seconds }, n) =>
        html`<i
          class=${classes({
            fwd: motion === "forward",
            rest: motion === "standing" || motion === "turning",
            done: n < index,
            now: n === index,
          })}
          style=${`--w: ${Math.max(1, seconds)}`}
        ></i>`,
    )}
  </div>`;
}

const MOTIONS: Partial<Record<State, Motion>> = {
  walking_backward: "backward",
  walking_forward: "forward",
};

/** The phases of a walk; where nobody knows them, where it was walked backward, and between. */
export function piecesOf({ stretches, trail }: Walk): Piece[] {
  if (trail.length > 0) {
    return trail.map(([state, seconds]) => ({ motion: MOTIONS[state] ?? "standing", seconds }));
  }
  const pieces: Piece[] = [];
  let until = stretches[0]?.[0] ?? 0;
  for (const [start, seconds] of stretches) {
    if (start - until >= 1) pieces.push({ motion: "standing", seconds: start - until });
    pieces.push({ motion: "backward", seconds });
    until = start + seconds;
  }
  return pieces;
}
