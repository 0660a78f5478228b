/** The plan as a strip: width is time, height effort, filled is what is done. */

import { html, nothing, type TemplateResult } from "lit";
import { classes } from "./classes";
import type { Motion, Walk } from "./wire";

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

/** Where it was walked backward, and what lay between. */
export function piecesOf({ stretches }: Walk): Piece[] {
  const pieces: Piece[] = [];
  let until = stretches[0]?.[0] ?? 0;
  for (const [start, seconds] of stretches) {
    if (start - until >= 1) pieces.push({ motion: "standing", seconds: start - until });
    pieces.push({ motion: "backward", seconds });
    until = start + seconds;
  }
  return pieces;
}
