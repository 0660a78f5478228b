/**
 * The ring: a full one and a half one that turns inside half a window, so that a second costs one
 * transform and no painting.
 */

import { html, type TemplateResult } from "lit";
import { classes } from "./classes";

export interface Ring {
  /** The share that is drawn. */
  share: number;
  /** Drawn from nothing to full, not draining. */
  fills?: boolean;
  /** Half as thick: not the work itself. */
  thin?: boolean;
  /** Broken: it waits. */
  dashed?: boolean;
}

/** The turn of the cover, in degrees. */
export function turnOf({ share, fills }: Ring): number {
  return 360 * (fills ? share : 1 - share);
}

export function classesOf(ring: Ring): Record<string, boolean> {
  const turn = turnOf(ring);
  const whole = (ring.fills ?? false) && ring.share >= 1;
  return {
    ring: true,
    fill: (ring.fills ?? false) && !whole,
    whole,
    thin: ring.thin ?? false,
    dash: ring.dashed ?? false,
    past: turn >= 180 && !whole,
    none: turn < 0.5,
  };
}

function coverOf(of: Ring): string {
  return `rotate(${turnOf(of).toFixed(2)}deg)`;
}

export function ring(of: Ring, middle: TemplateResult): TemplateResult {
  return html`<div class=${classes(classesOf(of))}>
    <div class="lines">
      <div class="full"></div>
      <div class="half"></div>
      <div class="clip"><div class="cover" style=${`transform: ${coverOf(of)}`}></div></div>
    </div>
    ${middle}
  </div>`;
}

/** Turn a ring that is on the page; nothing else of it is touched. */
export function turn(element: Element, of: Ring): void {
  const cover = element.querySelector<HTMLElement>(".cover");
  if (cover !== null) cover.style.transform = coverOf(of);
  const { past, none } = classesOf(of);
  element.classList.toggle("past", past ?? false);
  element.classList.toggle("none", none ?? false);
}
