/** `custom:retrowalk-card`: what is going on now, read from two metres, pressed with a wet thumb. */

import { LitElement, html, nothing, unsafeCSS, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { styleMap } from "lit/directives/style-map.js";
import session from "./css/session.css?inline";
import shared from "./css/shared.css?inline";
import {
  DOMAIN,
  checkConfig,
  runners,
  type CardConfig,
  type Content,
  type Hass,
  type Sound,
} from "./ha";
import { Link } from "./link";
import { ring, turn, type Ring } from "./ring";
import { letHear } from "./sounds";
import { strip } from "./strip";
import { digits, doneShare, minutesToGo, secondsLeft, shareLeft, untilNextSecond } from "./time";
import type { Blocker, Kind, Phase, Session, SessionPicture, Start, State, Walk } from "./wire";
import { pageReader, readerOf, type Reader, type Word } from "./words";

/** A control that appears where another one was does nothing for so long: no double tap goes on. */
const INERT_MS = 600;
/** The click that follows a press of Stop is the same press. */
const SAME_PRESS_MS = 700;
/** A Stop that was pressed without a connection is sent if that is back within this. */
const STOP_LASTS_MS = 60_000;
/** An effort may be changed for so long. */
const EFFORT_MS = 4000;
/** What a walk came to is shown for so long. */
const DONE_MS = 600_000;
const SAY_SECONDS_LEFT = 30;
const STRIP_EVERY_S = 5;

/** What the card shows: a state of the session, or one of its own. */
type View = State | "finished" | "offline";

const ICONS: Partial<Record<State, string>> = {
  walking_backward: "mdi:arrow-down-bold",
  walking_forward: "mdi:arrow-up-bold",
  turning: "mdi:rotate-right",
  resting: "mdi:human-handsdown",
  paused: "mdi:pause",
};

const MOTION_ICONS: Record<Phase["motion"], string> = {
  backward: "mdi:arrow-down-bold",
  forward: "mdi:arrow-up-bold",
  turning: "mdi:rotate-right",
  standing: "mdi:human-handsdown",
};

const BLOCKER_ICONS: Record<string, string> = {
  door: "mdi:door-open",
  garage_door: "mdi:garage-open",
  window: "mdi:window-open",
  motion: "mdi:motion-sensor",
  occupancy: "mdi:motion-sensor",
  presence: "mdi:motion-sensor",
};

const ANCHORS: Partial<Record<number, Word>> = {
  0: "effort_0",
  3: "effort_3",
  5: "effort_5",
  7: "effort_7",
  10: "effort_10",
};

const WALKS: ReadonlySet<View> = new Set<View>(["walking_backward", "walking_forward", "resting"]);

export class SessionCard extends LitElement {
  static override styles = [unsafeCSS(shared), unsafeCSS(session)];

  private config: CardConfig | undefined;
  private home: Hass | undefined;
  private runner: string | undefined;
  private readonly link = new Link<SessionPicture>(this, "session", (picture, before) => {
    this.changed(picture, before);
  });

  private ticks: number | undefined;
  private fades: number | undefined;
  /** When the controls became what they are. */
  private since = -Infinity;
  private layout = "";
  private stopPressed = -Infinity;
  private stopWaits: number | undefined;
  private effort: { id: string; chosen: number; sends: number } | undefined;
  /** Walks whose effort was sent from here. */
  private readonly told = new Set<string>();
  private spoken = "";

  // What Home Assistant asks of a card

  setConfig(config: CardConfig): void {
    checkConfig(config);
    this.config = config;
    this.find();
    this.requestUpdate();
  }

  set hass(hass: Hass) {
    const before = this.home;
    this.home = hass;
    if (before?.entities !== hass.entities) this.find();
    this.link.follow(hass, this.runner);
    const isNews =
      before?.locale !== hass.locale ||
      this.watched().some((each) => before.states[each] !== hass.states[each]);
    if (isNews) this.requestUpdate();
  }

  getCardSize(): number {
    return 9;
  }

  getGridOptions(): Record<string, unknown> {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  static getStubConfig(hass: Hass): Partial<CardConfig> {
    const [runner] = runners(hass);
    return runner === undefined ? {} : { runner };
  }

  static getConfigForm(): Record<string, unknown> {
    return form(true);
  }

  // Lifecycle

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.ticks);
    clearTimeout(this.fades);
    this.sendEffort();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  protected override updated(): void {
    clearTimeout(this.ticks);
    const fail = this.renderRoot.querySelector<HTMLElement>(".fail");
    if (fail !== null && !fail.matches(":popover-open")) fail.showPopover();
    this.tick();
  }

  private find(): void {
    const hass = this.home;
    if (hass === undefined) return;
    this.runner = this.config?.runner ?? runners(hass)[0];
    this.link.follow(hass, this.runner);
  }

  private watched(): string[] {
    const picture = this.link.picture;
    if (picture?.session == null) return [];
    return [picture.speed_sensor, picture.heart_rate_sensor].filter((each) => each !== null);
  }

  private changed(picture: SessionPicture, before: SessionPicture | undefined): void {
    if (this.stopWaits !== undefined) {
      if (Date.now() - this.stopWaits < STOP_LASTS_MS && picture.state !== "idle") this.sendStop();
      this.stopWaits = undefined;
    }
    if (before === undefined || before.state === picture.state || this.home === undefined) return;
    const isGo = picture.state === "walking_backward" || picture.state === "walking_forward";
    const wasGo = before.state === "walking_backward" || before.state === "walking_forward";
    if (isGo === wasGo && picture.state !== "turning" && picture.state !== "paused" && !isGo)
      return;
    letHear(this.sound, isGo, this.reader.text(picture.state), this.reader.tag);
  }

  private get reader(): Reader {
    if (this.home === undefined) throw new Error("there is no Home Assistant yet");
    return readerOf(this.home);
  }

  private get sound(): Sound {
    return isMuted() ? "off" : (this.config?.sound ?? "off");
  }

  // What is shown

  protected override render(): Content {
    if (this.home === undefined) return nothing;
    const t = this.reader;
    const picture = this.link.picture;
    if (picture === undefined || (this.link.isGone && !this.link.isOffline)) {
      const word: Word =
        this.runner === undefined ? "no_runner" : this.link.isGone ? "not_there" : "loading";
      return html`<ha-card><p class="lone" role="status">${t.text(word)}</p></ha-card>`;
    }
    const view = this.view(picture);
    const isBlocked = view === "preparing" && picture.blockers.length > 0;
    this.follow(view, picture);
    return html`<ha-card>
      <div class="rw">
        <article class=${classMap({ s: true, blocked: isBlocked })} data-state=${view}>
          ${this.body(view, picture)}
          <span class="sr" role="timer" aria-live="polite">${this.spoken}</span>
        </article>
        ${picture.failed_stop === null ? nothing : this.failed(picture)}
      </div>
    </ha-card>`;
  }

  private view(picture: SessionPicture): View {
    if (this.link.isOffline && picture.state !== "idle") return "offline";
    if (picture.state === "idle" && this.done(picture) !== undefined) return "finished";
    return picture.state;
  }

  /** The walk that has just ended, while it is asked how hard it was. */
  private done(picture: SessionPicture): Walk | undefined {
    const { last } = picture;
    if (last === null || this.told.has(last.id) || last.effort !== null || !last.minutes)
      return undefined;
    const left = last.ended + DONE_MS - this.link.clock.now();
    if (left <= 0) return undefined;
    clearTimeout(this.fades);
    this.fades = window.setTimeout(() => {
      this.requestUpdate();
    }, left + 100);
    return last;
  }

  /** Know when the controls became others, and what a screen reader is told of the time. */
  private follow(view: View, picture: SessionPicture): void {
    const phase = picture.session?.index ?? -1;
    const layout = `${view} ${String(picture.session?.waits_for_go)} ${String(picture.blockers.length > 0)}`;
    if (layout !== this.layout) {
      this.layout = layout;
      this.since = performance.now();
    }
    const now = `${view} ${String(phase)}`;
    if (now === this.phase) return;
    this.phase = now;
    this.spoken = this.timeLeft(view, picture);
  }

  private phase = "";

  private timeLeft(view: View, picture: SessionPicture): string {
    const { session, state } = picture;
    if (session === null || !WALKS.has(view)) return "";
    const left = secondsLeft(state, session, this.link.clock.now());
    if (left === null) return "";
    return left < 90
      ? this.reader.text("seconds_left", { seconds: Math.ceil(left) })
      : this.reader.text("minutes_left", { minutes: Math.round(left / 60) });
  }

  private body(view: View, picture: SessionPicture): Content {
    const { session } = picture;
    if (view === "finished") return this.finished(picture);
    if (view === "idle" || session === null) return this.idle(picture);
    switch (view) {
      case "offline":
        return this.offline(picture, session);
      case "preparing":
        return this.preparing(picture, session);
      case "ready":
        return this.ready(picture, session);
      case "get_ready":
        return this.getReady(picture, session);
      case "turning":
        return this.turning(picture, session);
      case "paused":
        return this.paused(picture, session);
      default:
        return this.walking(view, picture, session);
    }
  }

  private idle(picture: SessionPicture): Content {
    const t = this.reader;
    const { today, week } = picture;
    if (today === null) return nothing;
    const reason = today.reasons.join(" ");
    const { walk } = today;
    const middle = html`<div class="mid">
      <span class="digits num wk">${t.number(Math.floor(week.minutes))}</span>
      <span class="bot">${t.text("of_week", { goal: week.goal })}</span>
    </div>`;
    const moves = picture.blockers.some(
      (each) => each.reason === "belt_moving" || each.reason === "stop_pending",
    );
    const share = week.goal > 0 ? Math.min(1, week.minutes / week.goal) : 0;
    return html`
      ${this.head(picture, t.text("today"), t.text(walk?.kind ?? today.advice))}
      ${ring({ share, fills: true }, middle)}
      <div class="info">
        <p class=${classMap({ say: true, long: reason.length > 40 })}>${reason}</p>
        ${walk === null ? nothing : html`<p class="say2">${this.plan(walk)}</p>`}
      </div>
      ${moves ? this.act(html`<div class="slot"></div>`, this.stop()) : this.startButton(picture, walk)}
      <div class="plan">
        ${
          picture.held_by === null
            ? nothing
            : this.alert("mdi:account-clock", t.text("in_use", { name: picture.held_by }))
        }
        ${picture.blockers.map((each) =>
          this.alert("mdi:alert", `${this.blocker(each)}. ${t.text("start_waits")}`),
        )}
        ${
          today.others.length === 0
            ? nothing
            : html`<div class="kinds">${today.others.map((each) => this.kind(picture, each))}</div>`
        }
      </div>
      ${this.foot(picture, null)}
    `;
  }

  private plan(walk: Start): string {
    return this.reader.text("plan", {
      total: Math.round(walk.minutes),
      backward: Math.round(walk.backward),
    });
  }

  private startButton(picture: SessionPicture, walk: Start | null): Content {
    if (walk === null) return nothing;
    return html`<div class="act">
      ${this.button("mdi:play", "start", this.start(walk.kind), {
        main: true,
        disabled: !picture.may_control,
      })}
    </div>`;
  }

  private kind(picture: SessionPicture, { kind, minutes }: Start): TemplateResult {
    const t = this.reader;
    return html`<button
      class="b"
      ?disabled=${!picture.may_control}
      @click=${this.calm(this.start(kind))}
    >
      <span>${t.text(kind)}</span><small>${t.number(Math.round(minutes))} ${t.text("min")}</small>
    </button>`;
  }

  private preparing(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const [blocker] = picture.blockers;
    const icon = blocker === undefined ? "mdi:lightbulb-on" : this.blockerIcon(blocker);
    const middle = html`<div class="mid">
      <span class="big"><ha-icon class="ic" .icon=${icon}></ha-icon></span>
      <span class="bot low">${t.text("gives_up")} <b class="num count"></b></span>
    </div>`;
    return html`
      ${this.head(picture, this.kindOf(session), t.text(blocker === undefined ? "preparing" : "waiting"))}
      ${ring(this.ringOf("preparing", picture, session), middle)}
      <div class="info">
        ${
          blocker === undefined
            ? this.say(t.text("room"))
            : html`${this.say(blocker.name)}
                <p class="say2 strong">${t.text(blocker.reason)}</p>`
        }
      </div>
      ${this.strip("preparing", session)} ${this.act(html`<div class="slot"></div>`, this.stop())}
      ${this.foot(picture, null)}
    `;
  }

  private ready(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    return html`
      ${this.head(picture, this.kindOf(session), t.text("ready"))}
      ${ring(this.ringOf("ready", picture, session), this.goDisc(picture))}
      <div class="info">
        ${this.say(t.text(picture.is_watched ? "say_go" : "look_then_go"))}
        ${session.moves_belt ? html`<p class="say2">${t.text("belt_will_start")}</p>` : nothing}
      </div>
      ${this.strip("ready", session)}
      ${this.act(
        html`<div class="slot"><span>${t.text("cancels")}</span><b class="num count"></b></div>`,
        this.stop(),
      )}
      ${this.foot(picture, null)}
    `;
  }

  private getReady(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const rails = session.hands !== null && session.hands !== "free";
    return html`
      ${this.head(picture, this.kindOf(session), t.text("get_ready"))}
      ${ring(this.ringOf("get_ready", picture, session), this.middle(undefined))}
      <div class="info">
        ${this.say(t.text(rails ? "hold_rails" : "stand_ready"))}
        <p class="say2">${t.text("reaches_zero")}</p>
      </div>
      ${this.strip("get_ready", session)} ${this.act(this.pause(picture), this.stop())}
      ${this.foot(picture, null)}
    `;
  }

  private turning(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const stands = !session.moves_belt || picture.belt_stands === true;
    const middle =
      session.waits_for_go && stands ? this.goDisc(picture) : this.middle(ICONS.turning);
    return html`
      ${this.head(picture, this.kindOf(session), t.text("turning"))}
      ${ring(this.ringOf("turning", picture, session), middle)}
      <div class="info">
        ${this.say(t.text(stands ? "turn_first" : "belt_not_still"))}
        ${
          stands && session.moves_belt
            ? html`<p class="say2">${t.text("belt_stands_still")}</p>`
            : nothing
        }
      </div>
      ${this.strip("turning", session)} ${this.act(this.pause(picture), this.stop())}
      ${this.foot(picture, session)}
    `;
  }

  private walking(view: View, picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const waits = session.waits_for_go;
    const bout = session.bout;
    const caption = bout === null ? "" : t.text("round", { n: bout[0], of: bout[1] });
    const middle = waits ? this.goDisc(picture) : this.middle(ICONS[view as State], caption);
    const hands = session.hands === null ? [] : [t.text(session.hands)];
    return html`
      ${this.head(picture, [this.kindOf(session), ...hands].join(" · "), t.text(view))}
      ${ring(this.ringOf(view as State, picture, session), middle)}
      <div class="info walk">${this.next(session)} ${this.metrics(picture, session)}</div>
      ${this.strip(view, session)} ${this.act(this.pause(picture), this.stop())}
      ${this.foot(picture, session)}
    `;
  }

  private next(session: Session): TemplateResult {
    const t = this.reader;
    const phase = session.next;
    const words =
      phase === null
        ? t.text("next_done")
        : phase.motion === "turning" // which ends when its walker has turned
          ? t.text("turning")
          : `${t.text(phase.motion)}, ${this.long(phase)}`;
    const icon = phase === null ? "mdi:check-bold" : MOTION_ICONS[phase.motion];
    return html`<div class="next">
      <div class="lbl">${t.text("next")}</div>
      <div class=${classMap({ val: true, long: words.length > 16 })}>
        <ha-icon class="ic" .icon=${icon}></ha-icon><span>${words}</span>
      </div>
    </div>`;
  }

  /** `1 min`, `1:30`. */
  private long({ seconds }: Phase): string {
    const t = this.reader;
    return seconds % 60 === 0 ? `${t.number(seconds / 60)} ${t.text("min")}` : digits(seconds);
  }

  private metrics(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const found: [string, string][] = [];
    const measured = this.measure(picture.speed_sensor);
    if (measured !== undefined && session.hands !== null) {
      found.push([measured.value, measured.unit || t.text("speed")]);
    } else if (session.speed !== null) {
      found.push([t.number(session.speed), t.text("speed_set")]);
    }
    if (session.grade !== null && session.hands !== null) {
      found.push([t.number(session.grade), t.text("grade")]);
    }
    const pulse = this.measure(picture.heart_rate_sensor);
    if (pulse !== undefined) found.push([pulse.value, t.text("heart_rate")]);
    return html`<div class="metrics">
      ${found.map(
        ([value, unit]) =>
          html`<div class="m"><b class="num">${value}</b><span>${unit}</span></div>`,
      )}
    </div>`;
  }

  /** What a sensor says, `–` where it says nothing; undefined where there is none. */
  private measure(entity: string | null): { value: string; unit: string } | undefined {
    if (entity === null) return undefined;
    const state = this.home?.states[entity];
    const value = Number(state?.state);
    const unit = state?.attributes.unit_of_measurement;
    const isKnown = state !== undefined && state.state.trim() !== "" && Number.isFinite(value);
    return {
      value: isKnown ? this.reader.number(value) : "–",
      unit: typeof unit === "string" ? unit : "",
    };
  }

  private paused(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const [blocker] = picture.blockers;
    const wasBlocked = session.reason === "obstacle" || session.reason === "sensor_lost";
    const first = blocker === undefined ? (session.reason_text ?? "") : blocker.name;
    const more = [
      blocker === undefined
        ? wasBlocked
          ? t.text("clear_again")
          : ""
        : `${t.text(blocker.reason)}.`,
      picture.belt_stands === true && session.moves_belt ? t.text("belt_stands_still") : "",
    ];
    const at = session.phases[session.index];
    const eyebrow = [this.kindOf(session), at === undefined ? "" : t.text(at.motion)];
    const bout = session.bout;
    const caption = bout === null ? "" : t.text("round", { n: bout[0], of: bout[1] });
    const goOn = this.verb("go"); // a resume, and where a belt will move the word for that too
    return html`
      ${this.head(picture, eyebrow.filter(Boolean).join(" · "), t.text("paused"))}
      ${ring(this.ringOf("paused", picture, session), this.middle(ICONS.paused, caption))}
      <div class="info">
        ${this.say(first)}
        <p class="say2 strong">${more.filter(Boolean).join(" ")}</p>
      </div>
      ${this.strip("paused", session)}
      ${this.act(
        this.button("mdi:play", "resume", goOn, {
          main: blocker === undefined,
          disabled: !picture.may_control,
        }),
        this.stop(),
      )}
      ${this.foot(picture, session)}
    `;
  }

  private offline(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const middle = html`<div class="mid">
      <span class="top"><ha-icon class="ic" icon="mdi:link-off"></ha-icon></span>
      <span class="digits num">–:––</span>
    </div>`;
    const waits = this.stopWaits !== undefined;
    return html`
      ${this.head(picture, this.kindOf(session), t.text("offline"))}
      ${ring({ share: 0, dashed: true }, middle)}
      <div class="info">
        ${this.say(t.text("offline_say"))}
        <p class="say2 strong">${t.text("offline_more")}</p>
      </div>
      ${this.strip("offline", session)}
      ${this.act(
        html`<div class="slot" role="status">
          <span>${waits ? t.text("offline_sent") : nothing}</span>
        </div>`,
        this.stop(true),
      )}
      ${this.foot(picture, null)}
    `;
  }

  private finished(picture: SessionPicture): Content {
    const t = this.reader;
    const walk = this.done(picture);
    if (walk === undefined) return nothing;
    const { week } = picture;
    const totals: [string, string][] = [
      [t.text("of", { n: Math.floor(week.minutes), of: week.goal }), t.text("min_this_week")],
    ];
    if (walk.distance_m !== null && walk.distance_m >= 50)
      totals.push([t.number(walk.distance_m / 1000), "km"]);
    if (walk.kcal !== null) totals.push([t.number(walk.kcal), "kcal"]);
    const middle = html`<div class="mid">
      <span class="top"><ha-icon class="ic" icon="mdi:check-bold"></ha-icon></span>
      <span class="digits num">${t.number(Math.floor(walk.minutes * 2) / 2)}</span>
      <span class="bot">${t.text("min_backward")}</span>
    </div>`;
    return html`
      ${this.head(picture, t.text(walk.kind), t.text("finished"))}
      ${ring({ share: 1, fills: true }, middle)}
      <div class="info">
        <div class="totals">
          ${totals.map(([figure, of]) => html`<div><b class="num">${figure}</b><span>${of}</span></div>`)}
        </div>
      </div>
      <div class="act">
        <p class="ask" id="ask">${t.text("how_hard")}</p>
        <div class="scale" role="radiogroup" aria-labelledby="ask" @keydown=${this.moveChoice}>
          ${Array.from({ length: 11 }, (_, n) => this.choice(walk, n, picture.may_control))}
        </div>
      </div>
    `;
  }

  private choice(walk: Walk, n: number, mayControl: boolean): TemplateResult {
    const t = this.reader;
    const anchor = ANCHORS[n];
    const isChosen = this.effort?.chosen === n;
    const isFirst = this.effort === undefined && n === 0;
    return html`<div class="cell">
      <button
        class=${classMap({ b: true, sel: isChosen, main: isChosen })}
        role="radio"
        aria-checked=${isChosen ? "true" : "false"}
        aria-label=${anchor === undefined ? t.number(n) : `${t.number(n)}, ${t.text(anchor)}`}
        tabindex=${isChosen || isFirst ? "0" : "-1"}
        ?disabled=${!mayControl}
        @click=${this.calm(() => {
          this.choose(walk, n);
        })}
      >
        ${t.number(n)}
      </button>
      <small aria-hidden="true">${anchor === undefined ? nothing : t.text(anchor)}</small>
    </div>`;
  }

  private failed(picture: SessionPicture): Content {
    const t = this.reader;
    const failed = picture.failed_stop;
    if (failed === null) return nothing;
    const measured = this.measure(picture.speed_sensor);
    const status = [
      t.text("failed_sent", { times: failed.times, since: t.time(failed.since) }),
      measured === undefined || measured.value === "–"
        ? ""
        : t.text("failed_speed", { speed: `${measured.value} ${measured.unit}` }),
      failed.plug_pulled ? t.text("failed_plug") : "",
    ];
    return html`<div class="fail" popover="manual" role="alertdialog" aria-labelledby="failed">
      <p class="t" id="failed">
        <ha-icon class="ic" icon="mdi:alert-octagon"></ha-icon><span>${t.text("failed")}</span>
      </p>
      <ol>
        <li><span>${t.text("failed_1")}</span></li>
        <li><span>${t.text("failed_2")}</span></li>
        <li><span>${t.text("failed_3")}</span></li>
      </ol>
      <p class="st">${status.filter(Boolean).join(" ")}</p>
      <button class="b" @pointerdown=${this.pressStop} @click=${this.pressStop}>
        <ha-icon class="ic" icon="mdi:stop"></ha-icon><span>${t.text("stop_again")}</span>
      </button>
    </div>`;
  }

  // The parts

  private head(picture: SessionPicture, eyebrow: string, word: string): TemplateResult {
    const who = picture.is_alone ? "" : `${picture.runner} · `;
    const letters = word.length <= 14 ? word.length : longestWord(word);
    return html`<header class="head">
      <p class="eyebrow">${who}${eyebrow}</p>
      <h2
        class=${classMap({ word: true, two: word.length > 14 })}
        style=${styleMap({ "--n": String(Math.max(6, letters)) })}
      >
        <span role="status">${word}</span>
      </h2>
    </header>`;
  }

  private kindOf(session: Session): string {
    const t = this.reader;
    return session.rehearsal
      ? `${t.text(session.kind)} · ${t.text("rehearsal")}`
      : t.text(session.kind);
  }

  private ringOf(state: State, _picture: SessionPicture, session: Session): Ring {
    const share = shareLeft(state, session, this.link.clock.now());
    return {
      share,
      dashed: state === "preparing" || state === "paused",
      thin:
        state === "ready" ||
        state === "turning" ||
        state === "walking_forward" ||
        state === "resting",
    };
  }

  private middle(icon: string | undefined, caption = ""): TemplateResult {
    return html`<div class="mid">
      ${
        icon === undefined
          ? nothing
          : html`<span class="top"><ha-icon class="ic" .icon=${icon}></ha-icon></span>`
      }
      <span class="digits num count" aria-hidden="true"></span>
      ${caption ? html`<span class="bot">${caption}</span>` : nothing}
    </div>`;
  }

  private goDisc(picture: SessionPicture): TemplateResult {
    return html`<button
      class="go"
      ?disabled=${!picture.may_control}
      @click=${this.calm(this.verb("go"))}
    >
      ${this.reader.text("go")}
    </button>`;
  }

  private say(words: string): TemplateResult {
    return html`<p class=${classMap({ say: true, long: words.length > 26 })}>${words}</p>`;
  }

  private alert(icon: string, words: string): TemplateResult {
    return html`<div class="alert">
      <ha-icon class="ic" .icon=${icon}></ha-icon><span>${words}</span>
    </div>`;
  }

  private strip(view: View, session: Session): TemplateResult {
    const minutes = minutesToGo(view as State, session, this.link.clock.now());
    const label = this.reader.text("step", {
      n: Math.max(0, session.index) + 1,
      of: session.phases.length,
      minutes,
    });
    return html`<div class="plan">${strip(session.phases, session.index, label)}</div>`;
  }

  private act(first: TemplateResult, last: TemplateResult): TemplateResult {
    return html`<div class="act">${first} ${last}</div>`;
  }

  private button(
    icon: string,
    word: Word,
    press: () => void,
    { main = false, disabled = false } = {},
  ): TemplateResult {
    return html`<button
      class=${classMap({ b: true, main })}
      ?disabled=${disabled}
      @click=${this.calm(press)}
    >
      <ha-icon class="ic" .icon=${icon}></ha-icon><span>${this.reader.text(word)}</span>
    </button>`;
  }

  private pause(picture: SessionPicture): TemplateResult {
    return this.button("mdi:pause", "pause", this.verb("pause_session"), {
      disabled: !picture.may_control,
    });
  }

  /** It acts when the thumb comes down: a wet one slides before it lifts. Nobody is kept from it. */
  private stop(hollow = false): TemplateResult {
    return html`<button
      class=${classMap({ b: true, stop: true, hollow })}
      @pointerdown=${this.pressStop}
      @click=${this.pressStop}
    >
      <ha-icon class="ic" icon="mdi:stop"></ha-icon><span>${this.reader.text("stop")}</span>
    </button>`;
  }

  private foot(picture: SessionPicture, session: Session | null): TemplateResult {
    const t = this.reader;
    const { minutes, goal } = picture.week;
    const share = goal > 0 ? Math.min(1, minutes / goal) : 0;
    return html`<footer class="foot">
      <span>${t.text("week", { minutes: Math.floor(minutes), goal })}</span>
      <span class="bar"><i style=${styleMap({ "--p": String(share) })}></i></span>
      ${session === null ? nothing : html`<span class="end togo"></span>`}
      ${(this.config?.sound ?? "off") === "off" ? nothing : this.soundToggle()}
    </footer>`;
  }

  private soundToggle(): TemplateResult {
    const isOn = !isMuted();
    return html`<button
      class="sound"
      aria-pressed=${isOn ? "true" : "false"}
      aria-label=${this.reader.text(isOn ? "sound_on" : "sound_off")}
      @click=${() => {
        mute(isOn);
        this.requestUpdate();
      }}
    >
      <ha-icon class="ic" .icon=${isOn ? "mdi:volume-high" : "mdi:volume-off"}></ha-icon>
    </button>`;
  }

  private blocker({ name, reason }: Blocker): string {
    return `${name}: ${this.reader.text(reason)}`;
  }

  private blockerIcon({ entity, reason }: Blocker): string {
    if (reason === "unavailable") return "mdi:link-off";
    const kind = this.home?.states[entity]?.attributes.device_class;
    return BLOCKER_ICONS[typeof kind === "string" ? kind : ""] ?? "mdi:alert";
  }

  // A second

  /** What a second changes: one text, one transform; now and then a width. */
  private readonly tick = (): void => {
    const picture = this.link.picture;
    const session = picture?.session;
    if (picture === undefined || session == null || !this.isConnected) return;
    const view = this.view(picture);
    if (view === "offline" || view === "finished" || view === "idle") return;
    const root = this.renderRoot;
    const now = this.link.clock.now();
    const left = secondsLeft(picture.state, session, now);
    const count = root.querySelector(".count");
    if (count !== null) {
      const shown =
        left === null ? "" : view === "get_ready" ? String(Math.ceil(left)) : digits(left);
      write(count, shown);
      if (count.classList.contains("digits")) {
        count.classList.toggle("five", shown.length > 4);
        count.classList.toggle("one", shown.length < 3);
      }
    }
    const circle = root.querySelector(".ring");
    if (circle !== null) turn(circle, this.ringOf(picture.state, picture, session));
    const second = left === null ? 0 : Math.ceil(left);
    if (this.stripped !== session || second % STRIP_EVERY_S === 0) {
      this.stripped = session;
      const share = doneShare(picture.state, session, now);
      root.querySelector<HTMLElement>(".strip .now")?.style.setProperty("--p", share.toFixed(3));
      const end = root.querySelector(".togo");
      const minutes = minutesToGo(picture.state, session, now);
      if (end !== null) write(end, this.reader.text("to_go", { minutes }));
    }
    if (second === SAY_SECONDS_LEFT && WALKS.has(view)) {
      const timer = root.querySelector("[role=timer]");
      if (timer !== null) timer.textContent = this.reader.text("seconds_left", { seconds: second });
    }
    clearTimeout(this.ticks);
    if (left !== null && left > 0 && session.ends !== null) {
      this.ticks = window.setTimeout(this.tick, untilNextSecond(left, session.pace));
    }
  };

  private stripped: Session | undefined;

  // What is pressed

  /** A press that does nothing while the controls have only just become what they are. */
  private calm(press: () => void): () => void {
    return () => {
      if (performance.now() - this.since >= INERT_MS) press();
    };
  }

  private start(kind: Kind): () => void {
    return () => {
      this.call("start_session", { kind });
    };
  }

  private verb(service: string): () => void {
    return () => {
      this.call(service, {});
    };
  }

  private readonly pressStop = (event: Event): void => {
    const now = performance.now();
    const isSamePress = event.type === "click" && now - this.stopPressed < SAME_PRESS_MS;
    if (event.type === "pointerdown") this.stopPressed = now;
    if (isSamePress) return;
    if (this.link.isOffline || this.home?.connection.connected === false) {
      this.stopWaits = Date.now();
      this.requestUpdate();
      return;
    }
    this.sendStop();
  };

  private sendStop(): void {
    const device = this.link.picture?.gym_device;
    // What it is refused for, Home Assistant shows.
    this.home
      ?.callService(DOMAIN, "stop_everything", device === undefined ? {} : { device_id: device })
      .catch(() => undefined);
  }

  private call(service: string, data: Record<string, unknown>): void {
    const entity_id = this.link.picture?.switch;
    if (entity_id === undefined) return;
    this.home?.callService(DOMAIN, service, data, { entity_id }).catch(() => undefined);
  }

  private choose(walk: Walk, chosen: number): void {
    clearTimeout(this.effort?.sends);
    const sends = window.setTimeout(() => {
      this.sendEffort();
    }, EFFORT_MS);
    this.effort = { id: walk.id, chosen, sends };
    this.requestUpdate();
  }

  private sendEffort(): void {
    const { effort } = this;
    if (effort === undefined) return;
    clearTimeout(effort.sends);
    this.effort = undefined;
    this.told.add(effort.id);
    this.call("check_in", { session_id: effort.id, effort: effort.chosen });
    this.requestUpdate();
  }

  /** The arrow keys move within the scale, as in any group of radio buttons. */
  private readonly moveChoice = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...this.renderRoot.querySelectorAll<HTMLElement>(".scale .b")];
    const at = all.findIndex((each) => each === event.target);
    const isMirrored = event.key.length > 9 && getComputedStyle(this).direction === "rtl";
    all[(at + (isMirrored ? -step : step) + all.length) % all.length]?.focus();
  };
}

function write(element: Element, text: string): void {
  const node = element.firstChild;
  if (node instanceof Text) {
    if (node.data !== text) node.data = text;
  } else {
    element.textContent = text;
  }
}

function longestWord(text: string): number {
  return Math.max(...text.split(/[\s-]/).map((each) => each.length));
}

const MUTED = "retrowalk-muted";

function isMuted(): boolean {
  return localStorage.getItem(MUTED) !== null;
}

function mute(isMuted: boolean): void {
  if (isMuted) localStorage.setItem(MUTED, "");
  else localStorage.removeItem(MUTED);
}

/** The form of a card, which Home Assistant draws. */
export function form(hasSound: boolean): Record<string, unknown> {
  const t = pageReader();
  const runner = {
    name: "runner",
    selector: { device: { integration: DOMAIN, entity: [{ domain: "switch" }] } },
  };
  const sound = {
    name: "sound",
    selector: {
      select: {
        mode: "dropdown",
        options: [
          { value: "off", label: t.text("sound_none") },
          { value: "beep", label: t.text("sound_beep") },
          { value: "speak", label: t.text("sound_speak") },
        ],
      },
    },
  };
  return {
    schema: hasSound ? [runner, sound] : [runner],
    computeLabel: ({ name }: { name: "runner" | "sound" }) => t.text(name),
  };
}
