/** `custom:retrowalk-week-card`: the week, twelve weeks, the level and the last walks. */

import { html, nothing, unsafeCSS, type TemplateResult } from "lit";
import { classes } from "./classes";
import shared from "./css/shared.css?inline";
import week from "./css/week.css?inline";
import type { Content } from "./ha";
import { RunnerCard, form } from "./runner-card";
import { piecesOf, strip } from "./strip";
import { digits, instantOf, localInput } from "./time";
import type { Day, Kind, PastWeek, Walk, WeekPicture } from "./wire";
import type { Word } from "./words";

const KINDS: readonly Kind[] = ["warm_up", "cool_down", "dedicated", "hill", "benchmark"];
/** A bar of the largest week stands this far below the edge. */
const HEADROOM = 1.02;

export class WeekCard extends RunnerCard<WeekPicture> {
  static override styles = [unsafeCSS(shared), unsafeCSS(week)];

  /** The walk that is open, and whether it is about to be deleted. */
  private open: { id: string; deletes?: boolean } | undefined;
  /** The walk that is being corrected: as it was then, whatever else changes. */
  private editing: Walk | undefined;
  /** Since when a new walk is being logged: what is typed stays, whatever else changes. */
  private logging: number | undefined;

  constructor() {
    super("week");
  }

  static getConfigForm(): Record<string, unknown> {
    return form(false);
  }

  getCardSize(): number {
    return 12;
  }

  protected draw(picture: WeekPicture): TemplateResult {
    return html`<ha-card>
      <div class="rw">
        <article class="w">
          ${this.top(picture)} ${this.twelve(picture)} ${this.level(picture)} ${this.last(picture)}
        </article>
      </div>
    </ha-card>`;
  }

  /** Show another part, and let the keyboard go on in it. */
  private async go(change: () => void, then: string): Promise<void> {
    change();
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(then)?.focus();
  }

  // This week

  private top({ week, days, today }: WeekPicture): TemplateResult {
    const t = this.reader;
    const share = week.goal > 0 ? Math.min(1, week.minutes / week.goal) : 0;
    return html`<section class="top">
      <div class="sum">
        <div>
          <div class="n num">${t.number(Math.floor(week.minutes))}</div>
          <div class="of">${t.text("of_week", { goal: week.goal })}</div>
        </div>
        ${
          week.streak === 0
            ? nothing
            : html`<div class="streak"><b>${t.weeks(week.streak)}</b>${t.text("in_a_row")}</div>`
        }
      </div>
      <div class="pb"><i style=${`--p: ${share}`}></i></div>
      <ul class="days">
        ${days.map((day) => this.day(day, day.date === today))}
      </ul>
      <p class="leg" aria-hidden="true">
        <span><i></i>${t.text("walked_min")}</span>
        <span><i class="p"></i>${t.text("proposed")}</span>
        ${
          days.some((each) => each.running === "yes")
            ? html`<span
                ><ha-icon class="ic" icon="mdi:run"></ha-icon>${t.text("running_day")}</span
              >`
            : nothing
        }
        ${
          days.some((each) => each.running === "unknown")
            ? html`<span>? ${t.text("not_known")}</span>`
            : nothing
        }
      </p>
    </section>`;
  }

  private day(day: Day, isToday: boolean): TemplateResult {
    const t = this.reader;
    const figures = { day: t.day(day.date, { weekday: "long" }) };
    let kind = "none";
    let figure = "";
    let words = figures.day;
    if (day.minutes !== null) {
      const minutes = Math.floor(day.minutes);
      [kind, figure] = ["done", t.number(minutes)];
      words = t.text("day_walked", { ...figures, minutes });
    } else if (day.proposed !== null) {
      const minutes = Math.round(day.proposed);
      [kind, figure] = ["prop", t.number(minutes)];
      words = t.text("day_proposed", { ...figures, minutes });
    }
    const runs = { yes: t.text("running_day"), unknown: t.text("not_known") } as const;
    const running = day.running === "yes" || day.running === "unknown" ? runs[day.running] : "";
    return html`<li class=${isToday ? "today" : ""}>
      <span class="sr">${[words, running].filter(Boolean).join(", ")}</span>
      <span aria-hidden="true">${t.day(day.date, { weekday: "short" })}</span>
      <span class=${`d ${kind} num`} aria-hidden="true">${figure}</span>
      <span class="r" aria-hidden="true"
        >${
          day.running === "yes"
            ? html`<ha-icon class="ic" icon="mdi:run"></ha-icon>`
            : day.running === "unknown"
              ? "?"
              : nothing
        }</span
      >
    </li>`;
  }

  // Twelve weeks

  private twelve({ weeks }: WeekPicture): TemplateResult {
    const t = this.reader;
    if (weeks.every((each) => !each.minutes)) {
      return html`<section class="twelve">
        <h3>${t.text("twelve_weeks")}</h3>
        <p class="empty">${t.text("no_weeks")}</p>
      </section>`;
    }
    const most =
      Math.max(...weeks.map((each) => Math.max(each.minutes, each.goal ?? 0))) * HEADROOM;
    const months = weeks.map((each) => t.day(each.start, { month: "short" }));
    const last = weeks.length - 1;
    return html`<section class="twelve">
      <h3>${t.text("twelve_weeks")}</h3>
      <ul class="bars">
        ${weeks.map((each, n) => this.bar(each, most, n === last))}
      </ul>
      <div class="vals num" aria-hidden="true">
        ${weeks.map(
          (each, n) =>
            html`<span class=${n === last ? "now" : ""}
              >${t.number(Math.floor(each.minutes))}</span
            >`,
        )}
      </div>
      <div class="xs" aria-hidden="true">
        ${months.map((month, n) =>
          n === last
            ? html`<b>${t.text("now")}</b>`
            : html`<span>${month === months[n - 1] ? nothing : month}</span>`,
        )}
      </div>
      <p class="leg" aria-hidden="true">
        <span><i class="sq"></i>${t.text("goal_met")}</span>
        <span><i class="sq o"></i>${t.text("goal_not_met")}</span>
        <span><i class="g"></i>${t.text("goal")}</span>
      </p>
    </section>`;
  }

  private bar(week: PastWeek, most: number, isNow: boolean): TemplateResult {
    const goal = week.goal ?? 0;
    const words = this.reader.text("week_bar", {
      day: this.reader.day(week.start, { day: "numeric", month: "short" }),
      minutes: Math.floor(week.minutes),
      goal,
    });
    return html`<li
      class=${classes({ now: isNow && !week.met, met: week.met, nog: !goal })}
      style=${`--v: ${week.minutes / most}; --g: ${goal / most}`}
    >
      <span class="sr">${words}</span><b></b>
    </li>`;
  }

  // The level

  private level({ level }: WeekPicture): TemplateResult {
    const t = this.reader;
    const since = t.day(level.since, { day: "numeric", month: "short" });
    return html`<section class="lvl">
      <h3>
        ${t.text("level", { level: level.number })}<span>${t.text("since", { day: since })}</span>
      </h3>
      ${
        level.reasons.length === 0
          ? nothing
          : html`<p class="held">
              <ha-icon class="ic" icon="mdi:information-outline"></ha-icon
              ><span>${level.reasons.join(" ")}</span>
            </p>`
      }
      <ul>
        ${level.criteria.map(({ key, done, of }) => {
          const isDone = done >= of;
          return html`<li class=${isDone ? "ok" : ""}>
            <ha-icon
              class="ic"
              .icon=${isDone ? "mdi:check-circle" : "mdi:circle-outline"}
            ></ha-icon>
            <span>${t.text(`takes_${key}`, { n: of })}</span>
            <em>${t.text("of", { n: done, of })}</em>
          </li>`;
        })}
      </ul>
    </section>`;
  }

  // The last walks

  private last(picture: WeekPicture): TemplateResult {
    const t = this.reader;
    const { walks } = picture;
    return html`<section class="last">
      <h3>${t.text("last_walks")}</h3>
      ${
        walks.length === 0
          ? html`<p class="empty">${t.text("no_walks")}</p>`
          : html`<ul>
              ${walks.map((each) => this.walk(picture, each))}
            </ul>`
      }
      ${
        this.logging !== undefined || this.editing !== undefined
          ? this.fields(this.editing, this.editing?.started ?? this.logging ?? picture.now)
          : picture.may_control
            ? html`<div class="btns">
                <button
                  class="b"
                  @click=${() => void this.go(() => (this.logging = picture.now), "form input")}
                  data-log
                >
                  <ha-icon class="ic" icon="mdi:plus"></ha-icon>${t.text("log_walk")}
                </button>
              </div>`
            : nothing
      }
    </section>`;
  }

  private walk(picture: WeekPicture, walk: Walk): TemplateResult {
    const t = this.reader;
    const isOpen = this.open?.id === walk.id;
    const effort = walk.effort === null ? "" : ` · ${t.text("effort", { n: walk.effort })}`;
    return html`<li>
      <button
        class="row"
        aria-expanded=${isOpen ? "true" : "false"}
        @click=${() => {
          this.open = isOpen ? undefined : { id: walk.id };
          this.requestUpdate();
        }}
      >
        <span class="k">${t.text(walk.kind)}<small>${t.moment(walk.started)}${effort}</small></span>
        <span class="mm num">${t.number(Math.floor(walk.minutes))} ${t.text("min")}</span>
        <ha-icon class="ic" .icon=${isOpen ? "mdi:chevron-up" : "mdi:chevron-down"}></ha-icon>
      </button>
      ${isOpen ? this.details(picture, walk) : nothing}
    </li>`;
  }

  private details(picture: WeekPicture, walk: Walk): TemplateResult {
    const t = this.reader;
    const pieces = piecesOf(walk);
    return html`<div class="open">
      ${
        pieces.length === 0
          ? nothing
          : strip(pieces, pieces.length, t.text("walked_text", this.when(walk)))
      }
      <dl>
        ${this.facts(walk).map(
          ([term, words]) =>
            html`<dt>${term}</dt>
              <dd>${words}</dd>`,
        )}
      </dl>
      ${picture.may_control ? this.does(walk) : nothing}
    </div>`;
  }

  private when(walk: Walk): Record<string, string | number> {
    return {
      from: this.reader.time(walk.started),
      to: this.reader.time(walk.ended),
      minutes: Math.floor(walk.minutes),
    };
  }

  private facts(walk: Walk): [string, string][] {
    const t = this.reader;
    const level = t.text("level", { level: walk.level });
    const measured = walk.evidence === "measured" ? "evidence_measured" : "evidence_owner";
    const byHand = { walked: undefined, edited: "corrected", logged: "logged" } as const;
    const hand = byHand[walk.source];
    const after = [
      walk.effort === null ? "" : t.text("effort", { n: walk.effort }),
      walk.pain === null ? "" : t.text("after_pain", { n: walk.pain }),
      walk.next_pain === null ? "" : t.text("after_next_pain", { n: walk.next_pain }),
    ];
    const facts: [string, string][] = [
      [t.text("walked"), t.text("walked_text", this.when(walk))],
      [t.text("where"), `${t.text(walk.surface)}, ${level}`],
      [t.text("counted_by"), hand === undefined ? t.text(measured) : t.text(hand)],
    ];
    if (walk.distance_m !== null) {
      facts.push([t.text("distance"), `${t.number(Math.round(walk.distance_m))} m`]);
    }
    const pauses = walk.trail.filter(([state]) => state === "paused");
    if (pauses.length > 0) {
      facts.push([t.text("paused"), pauses.map(([, seconds]) => digits(seconds)).join(", ")]);
    }
    const said = after.filter(Boolean).join(", ");
    if (said) facts.push([t.text("after"), said]);
    return facts;
  }

  private does(walk: Walk): Content {
    const t = this.reader;
    const { id } = walk;
    if (this.open?.deletes) {
      return html`<div class="ask2">
        <span>${t.text("delete_ask", { minutes: Math.floor(walk.minutes) })}</span>
        <div class="btns">
          <button
            class="b del"
            @click=${() => void this.call("delete_session", { session_id: id })}
          >
            ${t.text("delete")}
          </button>
          ${this.to("keep", () => (this.open = { id }), ".open .btns .b")}
        </div>
      </div>`;
    }
    return html`<div class="btns">
      ${this.to("edit", () => (this.editing = walk), "form input", "mdi:pencil")}
      ${this.to(
        "delete",
        () => (this.open = { id, deletes: true }),
        ".ask2 .b + .b",
        "mdi:trash-can-outline",
      )}
    </div>`;
  }

  private to(word: Word, change: () => void, then: string, icon?: string): TemplateResult {
    return html`<button class="b" @click=${() => void this.go(change, then)}>
      ${icon === undefined ? nothing : html`<ha-icon class="ic" .icon=${icon}></ha-icon>`}
      ${this.reader.text(word)}
    </button>`;
  }

  /** The form of a walk, known or new. What is refused, Home Assistant shows, and nothing is lost. */
  private fields(walk: Walk | undefined, began: number): TemplateResult {
    const t = this.reader;
    const least = Math.min(1, walk?.minutes ?? 1);
    return html`<form
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        void this.save(event.currentTarget as HTMLFormElement, walk);
      }}
    >
      <label
        >${t.text("when")}<input
          name="when"
          type="datetime-local"
          max="9999-01-01T00:00"
          required
          .value=${localInput(began, t.zone)}
      /></label>
      <label
        >${t.text("kind")}<select name="kind">
          ${KINDS.map(
            (each) =>
              html`<option value=${each} ?selected=${each === (walk?.kind ?? "dedicated")}>
                ${t.text(each)}
              </option>`,
          )}
        </select></label
      >
      <label
        >${t.text("minutes")}<input
          name="minutes"
          type="number"
          min=${least}
          max="180"
          step="any"
          inputmode="decimal"
          required
          .value=${minutesOf(walk)}
      /></label>
      ${this.score("effort", "effort_field", walk?.effort)}
      ${this.score("pain", "pain_field", walk?.pain)}
      <div class="btns">
        <button class="b" type="submit">${t.text("save")}</button>
        <button class="b" type="button" @click=${() => void this.close()}>
          ${t.text("cancel")}
        </button>
      </div>
    </form>`;
  }

  private score(name: string, word: Word, value: number | null | undefined): TemplateResult {
    return html`<label
      >${this.reader.text(word)}<input
        name=${name}
        type="number"
        min="0"
        max="10"
        step="1"
        inputmode="numeric"
        ?required=${value != null}
        .value=${value == null ? "" : String(value)}
    /></label>`;
  }

  private async save(fields: HTMLFormElement, walk: Walk | undefined): Promise<void> {
    const of = (name: string): string => {
      const field = fields.elements.namedItem(name);
      return field instanceof HTMLInputElement || field instanceof HTMLSelectElement
        ? field.value
        : "";
    };
    const { zone } = this.reader;
    const data: Record<string, unknown> = {};
    // What was not touched stays as it is on the second.
    if (walk === undefined || of("when") !== localInput(walk.started, zone)) {
      data.when = instantOf(of("when"), zone);
    }
    if (of("minutes") !== minutesOf(walk)) data.minutes = Number(of("minutes"));
    if (of("kind") !== walk?.kind) data.kind = of("kind");
    for (const name of ["effort", "pain"]) if (of(name) !== "") data[name] = Number(of(name));
    if (walk !== undefined) data.session_id = walk.id;
    if (await this.call(walk === undefined ? "log_session" : "edit_session", data)) {
      await this.close();
    }
  }

  private close(): Promise<void> {
    return this.go(() => (this.logging = this.editing = undefined), "[data-log]");
  }
}

function minutesOf(walk: Walk | undefined): string {
  return walk === undefined ? "" : String(Math.floor(walk.minutes * 10) / 10);
}
