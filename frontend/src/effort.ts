/** How hard a walk was: asked once on its card, changed for a while, then sent. */

import { html, nothing, type TemplateResult } from "lit";
import { classes } from "./classes";
import type { Walk } from "./wire";
import type { Reader, Word } from "./words";

/** It may be changed for so long. */
const CHANGED_FOR_MS = 4000;

const ANCHORS: Partial<Record<number, Word>> = {
  0: "effort_0",
  3: "effort_3",
  5: "effort_5",
  7: "effort_7",
  10: "effort_10",
};

export class Effort {
  private chosen: { id: string; effort: number; sends: number } | undefined;
  /** Walks whose effort was sent from here. */
  private readonly sent = new Set<string>();

  /** `send` gives what was chosen to Home Assistant, and whether it was kept. */
  constructor(
    private readonly send: (data: { session_id: string; effort: number }) => Promise<boolean>,
    private readonly changed: () => void,
  ) {}

  isKnown({ id, effort }: Walk): boolean {
    return effort !== null || this.sent.has(id);
  }

  /** `calm` makes a press one that nobody makes by mistake. */
  draw(t: Reader, walk: Walk, calm: (press: () => void) => () => void): TemplateResult {
    return html`<p class="ask" id="ask">${t.text("how_hard")}</p>
      <div class="scale" role="radiogroup" aria-labelledby="ask" @keydown=${move}>
        ${Array.from({ length: 11 }, (_, n) =>
          this.step(
            t,
            n,
            calm(() => {
              this.choose(walk, n);
            }),
          ),
        )}
      </div>`;
  }

  /** Send what was chosen, now. */
  async settle(): Promise<void> {
    const { chosen } = this;
    if (chosen === undefined) return;
    clearTimeout(chosen.sends);
    const isKept = await this.send({ session_id: chosen.id, effort: chosen.effort });
    if (this.chosen === chosen) this.chosen = undefined; // nobody has chosen anew meanwhile
    if (isKept) this.sent.add(chosen.id);
    this.changed();
  }

  private step(t: Reader, n: number, press: () => void): TemplateResult {
    const anchor = ANCHORS[n];
    const isChosen = this.chosen?.effort === n;
    const isFirst = this.chosen === undefined && n === 0;
    return html`<div class="cell">
      <button
        class=${classes({ b: true, sel: isChosen, main: isChosen })}
        role="radio"
        aria-checked=${isChosen ? "true" : "false"}
        aria-label=${anchor === undefined ? t.number(n) : `${t.number(n)}, ${t.text(anchor)}`}
        tabindex=${isChosen || isFirst ? "0" : "-1"}
        @click=${press}
      >
        ${t.number(n)}
      </button>
      <small aria-hidden="true">${anchor === undefined ? nothing : t.text(anchor)}</small>
    </div>`;
  }

  private choose({ id }: Walk, effort: number): void {
    clearTimeout(this.chosen?.sends);
    const sends = window.setTimeout(() => void this.settle(), CHANGED_FOR_MS);
    this.chosen = { id, effort, sends };
    this.changed();
  }
}

/** The arrow keys move within the scale; they do not choose, since what is chosen is sent. */
function move(event: KeyboardEvent): void {
  const scale = event.currentTarget as HTMLElement;
  const across = getComputedStyle(scale).direction === "rtl" ? -1 : 1;
  const steps: Record<string, number> = {
    ArrowRight: across,
    ArrowLeft: -across,
    ArrowDown: 1,
    ArrowUp: -1,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const all = [...scale.querySelectorAll<HTMLElement>(".b")];
  const at = all.findIndex((each) => each === event.target);
  all[(at + step + all.length) % all.length]?.focus();
}
