/** A belt that did not stop: it covers the whole screen, and goes when the belt is proven to stand. */

import { html, nothing, type TemplateResult } from "lit";
import type { StopPress } from "./stop-press";
import type { FailedStop } from "./wire";
import type { Reader } from "./words";

/** It is told by one card of a page, however many show that gym. */
const covering = new Map<string, unknown>();

/** Return whether a card is the one that tells of a gym. */
export function covers(gym: string, card: unknown): boolean {
  if (!covering.has(gym)) covering.set(gym, card);
  return covering.get(gym) === card;
}

export function uncover(card: unknown): void {
  for (const [gym, each] of covering) if (each === card) covering.delete(gym);
}

/** `closed` is called when somebody has closed it, who may not: it has to be shown again. */
export function cover(
  t: Reader,
  failed: FailedStop,
  stops: StopPress,
  closed: () => void,
): TemplateResult {
  return html`<dialog
    class="fail"
    role="alertdialog"
    aria-labelledby="failed"
    aria-describedby="failed-do"
    @close=${closed}
  >
    <p class="t" id="failed">
      <ha-icon class="ic" icon="mdi:alert-octagon"></ha-icon><span>${t.text("failed")}</span>
    </p>
    <ol id="failed-do">
      <li><span>${t.text("failed_1")}</span></li>
      <li><span>${t.text("failed_2")}</span></li>
      <li><span>${t.text("failed_3")}</span></li>
    </ol>
    <p class="st">
      ${t.text("failed_sent", { times: failed.times, since: t.time(failed.since) })}
      <span class="still"></span>
      ${failed.plug_told ? t.text("failed_plug") : nothing}
      ${stops.waits ? t.text("offline_sent") : nothing}
    </p>
    <button class="b" autofocus @pointerdown=${stops.press} @click=${stops.press}>
      <ha-icon class="ic" icon="mdi:stop"></ha-icon><span>${t.text("stop_again")}</span>
    </button>
  </dialog>`;
}
