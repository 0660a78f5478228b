/** `custom:retrowalk-card`: what is going on now, read from two metres, pressed with a wet thumb. */

import { html, nothing, unsafeCSS, type TemplateResult } from "lit";
import { classes } from "./classes";
import { cover, covers, uncover } from "./cover";
import session from "./css/session.css?inline";
import shared from "./css/shared.css?inline";
import { Effort } from "./effort";
import type { Content, Hass, Sound } from "./ha";
import { ring, turn, type Ring } from "./ring";
import { RunnerCard, form } from "./runner-card";
import { isMuted, letHear, mute, wake } from "./sounds";
import { StopPress } from "./stop-press";
import { strip } from "./strip";
import { digits, doneShare, minutesToGo, secondsLeft, shareLeft, untilNextSecond } from "./time";
import type { Blocker, Kind, Phase, Session, SessionPicture, Start, State, Walk } from "./wire";
import type { Word } from "./words";

/** A control that appears where another one was does nothing for so long: no double tap goes on. */
const INERT_MS = 600;
/** What a walk came to is shown for so long. */
const DONE_MS = 600_000;
const SAY_SECONDS_LEFT = 30;
const STRIP_EVERY_S = 5;
const MEASURE_EVERY_MS = 1000;

/** What the card shows: a state of the session, or one of its own. */
type View = State | "finished" | "offline";

const MOTIONS: Record<Phase["motion"], Word> = {
  backward: "walking_backward",
  forward: "walking_forward",
  turning: "turning",
  standing: "resting",
};

const ICONS: Record<Phase["motion"], string> = {
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

const WALKS: ReadonlySet<View> = new Set<View>(["walking_backward", "walking_forward"]);
/** What is told aloud by this screen when it begins. */
const TOLD: ReadonlySet<View> = new Set<View>([
  ...WALKS,
  "ready",
  "turning",
  "resting",
  "paused",
  "finished",
]);

/** What fills the one frame that every state of a session has, so that Stop is always the same. */
interface Frame {
  eyebrow: string[];
  word: string;
  ring: Ring;
  middle: TemplateResult;
  info: TemplateResult;
  /** The action beside Stop. */
  first: TemplateResult;
  /** What is told in a sentence, to who does not see it too. */
  told?: string;
}

export class SessionCard extends RunnerCard<SessionPicture> {
  static override styles = [unsafeCSS(shared), unsafeCSS(session)];

  private ticks: number | undefined;
  private fades: number | undefined;
  private measures: number | undefined;
  /** When the controls became what they are, and what they are. */
  private since = -Infinity;
  private controls = "";
  private readonly stops = new StopPress(
    () => ({ home: this.home, gym: this.link.picture?.gym_device }),
    () => {
      this.requestUpdate();
    },
  );
  private readonly effort = new Effort(
    (data) => this.call("check_in", data),
    () => {
      this.requestUpdate();
    },
  );
  private said = "";
  private spoken = "";
  private counted = "";
  private stripped: Session | undefined;

  constructor() {
    super("session");
  }

  static getConfigForm(): Record<string, unknown> {
    return form(true);
  }

  getCardSize(): number {
    return 9;
  }

  // Lifecycle

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("pointerdown", this.touched);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("pointerdown", this.touched);
    for (const each of [this.ticks, this.fades, this.measures]) clearTimeout(each);
    this.measures = undefined;
    void this.effort.settle();
    uncover(this);
  }

  protected override updated(): void {
    clearTimeout(this.ticks);
    if (!this.isConnected) return;
    const cover = this.renderRoot.querySelector("dialog");
    if (cover?.open === false) cover.showModal();
    this.tell();
    this.measure();
    this.tick();
  }

  private pick(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  private readonly touched = (): void => {
    if (this.sound === "beep") wake();
  };

  protected override heard(before: Hass, now: Hass): void {
    const picture = this.link.picture;
    if (picture === undefined) return;
    const { speed_sensor, heart_rate_sensor } = picture;
    const isNews = [speed_sensor, heart_rate_sensor].some(
      (each) => each !== null && before.states[each] !== now.states[each],
    );
    // A sensor may speak many times a second; nobody reads it as often.
    if (!isNews || this.measures !== undefined) return;
    this.measures = window.setTimeout(() => {
      this.measures = undefined;
      this.measure();
    }, MEASURE_EVERY_MS);
  }

  protected override changed(picture: SessionPicture, before: SessionPicture | undefined): void {
    if (picture.failed_stop === null) uncover(this);
    const view = this.view(picture);
    if (before === undefined || before.state === picture.state || !TOLD.has(view)) return;
    const word = view === "idle" ? "finished" : view;
    letHear(this.sound, WALKS.has(view), this.reader.text(word), this.reader.tag);
  }

  private get sound(): Sound {
    const wanted = this.config?.sound ?? "off";
    return wanted === "off" || isMuted() ? "off" : wanted;
  }

  // What is shown

  protected override lone(): TemplateResult {
    const picture = this.link.picture;
    // A walk that was lost with its gym may go on: nobody is left without a Stop.
    if (
      picture !== undefined &&
      (picture.state !== "idle" || runs(picture)) &&
      this.link.mayComeBack
    ) {
      return this.draw(picture);
    }
    this.controls = "";
    uncover(this);
    return super.lone();
  }

  protected draw(picture: SessionPicture): TemplateResult {
    const view = this.view(picture);
    const isBlocked = view === "preparing" && picture.blockers.length > 0;
    this.look(view, picture);
    return html`<ha-card>
      <div class="rw">
        <article class=${classes({ s: true, blocked: isBlocked })} data-state=${view}>
          ${this.body(view, picture)}
        </article>
        <span class="sr" role="status"></span>
        <span class="sr" role="timer" aria-live="polite"></span>
        ${this.cover(picture)}
      </div>
    </ha-card>`;
  }

  private cover({ failed_stop, gym_device }: SessionPicture): Content {
    if (failed_stop === null || !covers(gym_device, this)) return nothing;
    return cover(this.reader, failed_stop, this.stops, () => {
      this.requestUpdate();
    });
  }

  private view(picture: SessionPicture): View {
    const isLost = this.link.isOffline || this.link.isGone || this.stops.waits;
    if (isLost && picture.state !== "idle") return "offline";
    if (picture.state === "idle" && !runs(picture) && this.done(picture) !== undefined) {
      return "finished";
    }
    return picture.state;
  }

  /** The walk that has just ended, while it is asked how hard it was. */
  private done(picture: SessionPicture): Walk | undefined {
    const { last } = picture;
    if (last === null || this.effort.isKnown(last) || !last.minutes) {
      return undefined;
    }
    if (!picture.may_control) return undefined; // it is asked of others
    const left = last.ended + DONE_MS - this.link.clock.now();
    if (left <= 0) return undefined;
    clearTimeout(this.fades);
    this.fades = window.setTimeout(() => {
      this.requestUpdate();
    }, left + 100);
    return last;
  }

  /** Know when the controls became others. */
  private look(view: View, picture: SessionPicture): void {
    const controls = [
      view,
      view === "turning" && picture.session?.takes_go,
      picture.today?.walk?.kind,
      runs(picture),
      picture.held_by,
      picture.failed_stop === null,
    ].join();
    if (controls === this.controls) return;
    this.controls = controls;
    this.since = performance.now();
  }

  private body(view: View, picture: SessionPicture): Content {
    const { session } = picture;
    if (view === "finished") return this.finished(picture);
    if (view === "idle" || session === null) return this.idle(picture);
    const frame = this.frame(view, picture, session);
    const who = picture.is_alone ? [] : [picture.runner];
    const label = view === "offline" ? "" : this.stepOf(picture.state, session);
    this.said = [frame.word, frame.told].filter(Boolean).join(". ");
    return html`
      ${this.head([...who, ...frame.eyebrow].join(" · "), frame.word)}
      ${ring(frame.ring, frame.middle)}
      <div class=${classes({ info: true, walk: WALKS.has(view) || view === "resting" })}>
        ${frame.info}
      </div>
      <div class="plan">${strip(session.phases, session.index, label)}</div>
      <div class="act">${frame.first} ${this.stop(view === "offline")}</div>
      ${this.foot(picture, view === "offline" ? null : session)}
    `;
  }

  private frame(view: View, picture: SessionPicture, session: Session): Frame {
    switch (view) {
      case "offline":
        return this.offline(session);
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
        return this.walking(picture, session);
    }
  }

  private preparing(picture: SessionPicture, session: Session): Frame {
    const t = this.reader;
    const [blocker] = picture.blockers;
    const icon = blocker === undefined ? "mdi:lightbulb-on" : this.blockerIcon(blocker);
    return {
      eyebrow: this.kindOf(session),
      word: t.text(blocker === undefined ? "preparing" : "waiting"),
      ring: this.ringOf(picture, session),
      middle: html`<div class="mid">
        <span class="big"><ha-icon class="ic" .icon=${icon}></ha-icon></span>
        <span class="bot low">${t.text("gives_up")} <b class="num count"></b></span>
      </div>`,
      info:
        blocker === undefined
          ? this.say(t.text("room"))
          : html`${this.say(blocker.name)}
              <p class="say2 strong">${t.text(blocker.reason)}</p>`,
      first: html`<div class="slot"></div>`,
      told: blocker === undefined ? t.text("room") : this.blocker(blocker),
    };
  }

  private ready(picture: SessionPicture, session: Session): Frame {
    const t = this.reader;
    const [blocker] = picture.blockers;
    const ask = t.text(picture.is_watched ? "say_go" : "look_then_go");
    return {
      eyebrow: this.kindOf(session),
      word: t.text("ready"),
      ring: this.ringOf(picture, session),
      middle: this.goDisc(picture, blocker === undefined),
      info:
        blocker === undefined
          ? html`${this.say(ask)}
            ${session.moves_belt ? html`<p class="say2">${t.text("belt_will_start")}</p>` : nothing}`
          : html`${this.say(blocker.name)}
              <p class="say2 strong">${t.text(blocker.reason)}</p>`,
      first: html`<div class="slot">
        <span>${t.text("cancels")}</span><b class="num count"></b>
      </div>`,
      told: blocker === undefined ? ask : this.blocker(blocker),
    };
  }

  private getReady(picture: SessionPicture, session: Session): Frame {
    const t = this.reader;
    const rails = session.moves_belt || session.hands === "both_rails";
    const isOnBelt = session.surface === "treadmill";
    return {
      eyebrow: this.kindOf(session),
      word: t.text("get_ready"),
      ring: this.ringOf(picture, session),
      middle: this.middle(undefined),
      info: html`${isOnBelt && rails ? this.say(t.text("hold_rails")) : nothing}
        <p class="say2">${t.text("reaches_zero")}</p>`,
      first: this.pause(picture),
    };
  }

  private turning(picture: SessionPicture, session: Session): Frame {
    const t = this.reader;
    const stands = session.takes_go || !session.waits_for_go;
    const ask = t.text(stands ? "turn_first" : "belt_not_still");
    return {
      eyebrow: this.kindOf(session),
      word: t.text("turning"),
      ring: this.ringOf(picture, session),
      middle: session.takes_go
        ? this.goDisc(picture, picture.blockers.length === 0)
        : this.middle(ICONS.turning),
      info: html`${this.say(ask)}
      ${
        picture.belt_stands === true && session.moves_belt
          ? html`<p class="say2">${t.text("belt_stands_still")}</p>`
          : nothing
      }`,
      first: this.pause(picture),
      told: ask,
    };
  }

  private walking(picture: SessionPicture, session: Session): Frame {
    const t = this.reader;
    const motion = session.phases[session.index]?.motion ?? "standing";
    const hands = session.surface === "treadmill" ? [t.text(session.hands)] : [];
    return {
      eyebrow: [...this.kindOf(session), ...hands],
      word: t.text(MOTIONS[motion]),
      ring: this.ringOf(picture, session),
      middle: session.waits_for_go
        ? this.goDisc(picture, picture.blockers.length === 0)
        : this.middle(ICONS[motion], this.round(session)),
      info: html`${this.next(session)} ${this.metrics(picture, session)}`,
      first: this.pause(picture),
    };
  }

  private paused(picture: SessionPicture, session: Session): Frame {
    const t = this.reader;
    const [blocker] = picture.blockers;
    const wasBlocked = session.reason === "obstacle" || session.reason === "sensor_lost";
    const first = blocker === undefined ? (session.reason_text ?? "") : blocker.name;
    const isClear = wasBlocked && picture.is_watched ? t.text("clear_again") : "";
    const more = [
      blocker === undefined ? isClear : `${t.text(blocker.reason)}.`,
      picture.belt_stands === true && session.moves_belt ? t.text("belt_stands_still") : "",
    ]
      .filter(Boolean)
      .join(" ");
    const at = session.phases[session.index];
    return {
      eyebrow: [...this.kindOf(session), ...(at === undefined ? [] : [t.text(MOTIONS[at.motion])])],
      word: t.text("paused"),
      ring: this.ringOf(picture, session),
      middle: this.middle("mdi:pause", this.round(session)),
      info: html`${this.say(first)}
        <p class="say2 strong">${more}</p>`,
      // A go is a resume too, and where a belt will move it is the word for that.
      first: this.button("mdi:play", "resume", () => void this.call("go"), {
        main: blocker === undefined,
        disabled: !picture.may_control,
      }),
      told: `${first}. ${more}`,
    };
  }

  private offline(session: Session): Frame {
    const t = this.reader;
    return {
      eyebrow: this.kindOf(session),
      word: t.text("offline"),
      ring: { share: 0, dashed: true },
      middle: html`<div class="mid">
        <span class="top"><ha-icon class="ic" icon="mdi:link-off"></ha-icon></span>
        <span class="digits num" aria-hidden="true">–:––</span>
      </div>`,
      info: html`${this.say(t.text("offline_say"))}
        <p class="say2 strong">${t.text("offline_more")}</p>`,
      first: html`<div class="slot">
        <span>${this.stops.waits ? t.text("offline_sent") : nothing}</span>
      </div>`,
      told: [t.text("offline_say"), this.stops.waits ? t.text("offline_sent") : ""].join(" "),
    };
  }

  private idle(picture: SessionPicture): Content {
    const t = this.reader;
    const { today, week } = picture;
    if (today === null) return nothing;
    const reason = today.reasons.join(" ");
    const { walk } = today;
    const who = picture.is_alone ? "" : `${picture.runner} · `;
    const word = t.text(walk?.kind ?? today.advice);
    const alerts = [
      ...(picture.held_by === null ? [] : [t.text("in_use", { name: picture.held_by })]),
      ...picture.blockers.map((each) => {
        // A start waits for the path, and is refused for the belt.
        const then = /^(belt|stop)_/.test(each.reason) ? "" : t.text("start_waits");
        return `${this.blocker(each)}. ${then}`;
      }),
    ];
    const middle = html`<div class="mid">
      <span class="digits num wk">${t.number(Math.floor(week.minutes))}</span>
      <span class="bot">${t.text("of_week", { goal: week.goal })}</span>
    </div>`;
    const share = week.goal > 0 ? Math.min(1, week.minutes / week.goal) : 0;
    this.said = [word, ...alerts].join(". ");
    return html`
      ${this.head(who + t.text("today"), word)} ${ring({ share, fills: true }, middle)}
      <div class="info">
        <p class=${classes({ say: true, long: reason.length > 40 })}>${reason}</p>
        ${walk === null ? nothing : html`<p class="say2">${this.plan(walk)}</p>`}
      </div>
      ${
        runs(picture) || picture.held_by !== null
          ? html`<div class="act two">
              <div class="slot"></div>
              ${this.stop(false)}
            </div>`
          : this.startButton(picture, walk)
      }
      <div class="plan">
        ${alerts.map(
          (each) =>
            html`<div class="alert">
              <ha-icon class="ic" icon="mdi:alert"></ha-icon><span>${each}</span>
            </div>`,
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

  private finished(picture: SessionPicture): Content {
    const t = this.reader;
    const walk = this.done(picture);
    if (walk === undefined) return nothing;
    const { week } = picture;
    const minutes = t.number(Math.floor(walk.minutes * 2) / 2);
    const totals: [string, string][] = [
      [t.text("of", { n: Math.floor(week.minutes), of: week.goal }), t.text("min_this_week")],
    ];
    if (walk.distance_m !== null && walk.distance_m >= 50) {
      totals.push([t.number(walk.distance_m / 1000), "km"]);
    }
    if (walk.kcal !== null) totals.push([t.number(walk.kcal), "kcal"]);
    const middle = html`<div class="mid">
      <span class="top"><ha-icon class="ic" icon="mdi:check-bold"></ha-icon></span>
      <span class="digits num">${minutes}</span>
      <span class="bot">${t.text("min_backward")}</span>
    </div>`;
    const who = picture.is_alone ? "" : `${picture.runner} · `;
    this.said = `${t.text("finished")}. ${minutes} ${t.text("min_backward")}`;
    return html`
      ${this.head(who + t.text(walk.kind), t.text("finished"))}
      ${ring({ share: 1, fills: true }, middle)}
      <div class="info">
        <div class="totals">
          ${totals.map(
            ([figure, of]) => html`<div><b class="num">${figure}</b><span>${of}</span></div>`,
          )}
        </div>
      </div>
      <div class="act">${this.effort.draw(t, walk, (press) => this.calm(press))}</div>
    `;
  }

  // The parts

  private head(eyebrow: string, word: string): TemplateResult {
    const letters = word.length <= 14 ? word.length : longestWord(word);
    return html`<header class="head">
      <p class="eyebrow">${eyebrow}</p>
      <h2
        class=${classes({ word: true, two: word.length > 14 })}
        style=${`--n: ${Math.max(6, letters)}`}
      >
        ${word}
      </h2>
    </header>`;
  }

  private kindOf(session: Session): string[] {
    const kind = this.reader.text(session.kind);
    return session.rehearsal ? [kind, this.reader.text("rehearsal")] : [kind];
  }

  private round({ bout }: Session): string {
    return bout === null ? "" : this.reader.text("round", { n: bout[0], of: bout[1] });
  }

  private ringOf({ state }: SessionPicture, session: Session): Ring {
    return {
      share: shareLeft(state, session, this.link.clock.now()),
      dashed: state === "preparing" || state === "paused",
      thin: ["ready", "turning", "walking_forward", "resting"].includes(state),
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

  /** Where something is in the way it stays, for the refusal that names it. */
  private goDisc(picture: SessionPicture, isClear: boolean): TemplateResult {
    return html`<button
      class=${classes({ go: true, tonal: !isClear })}
      ?disabled=${!picture.may_control}
      @click=${this.calm(() => void this.call("go"))}
    >
      ${this.reader.text("go")}
    </button>`;
  }

  private say(words: string): TemplateResult {
    return html`<p class=${classes({ say: true, long: words.length > 26 })}>${words}</p>`;
  }

  private next(session: Session): TemplateResult {
    const t = this.reader;
    const phase = session.next;
    const words =
      phase === null
        ? t.text("next_done")
        : phase.motion === "turning" // which ends when its walker has turned
          ? t.text("turning")
          : `${t.text(MOTIONS[phase.motion])}, ${this.long(phase)}`;
    const icon = phase === null ? "mdi:check-bold" : ICONS[phase.motion];
    return html`<div class="next">
      <div class="lbl">${t.text("next")}</div>
      <div class=${classes({ val: true, long: words.length > 16 })}>
        <ha-icon class="ic" .icon=${icon}></ha-icon><span>${words}</span>
      </div>
    </div>`;
  }

  /** `1 min`, `1:30`. */
  private long({ seconds }: Phase): string {
    const t = this.reader;
    return seconds % 60 === 0 ? `${t.number(seconds / 60)} ${t.text("min")}` : digits(seconds);
  }

  /** Figures that a sensor measures are written when it speaks: see `measure`. */
  private metrics(picture: SessionPicture, session: Session): TemplateResult {
    const t = this.reader;
    const isOnBelt = session.surface === "treadmill";
    const isMeasured = isOnBelt && picture.speed_sensor !== null;
    const pulse = picture.heart_rate_sensor;
    return html`<div class="metrics">
      ${
        isMeasured
          ? html`<div class="m"><b class="num speed"></b><span class="unit"></span></div>`
          : session.speed === null
            ? nothing
            : html`<div class="m">
                <b class="num">${t.number(session.speed)}</b><span>${t.text("speed_set")}</span>
              </div>`
      }
      ${
        isOnBelt && session.grade !== null
          ? html`<div class="m">
              <b class="num">${t.number(session.grade)}</b><span>${t.text("grade")}</span>
            </div>`
          : nothing
      }
      ${
        pulse === null
          ? nothing
          : html`<div class="m"><b class="num pulse"></b><span>${t.text("heart_rate")}</span></div>`
      }
    </div>`;
  }

  private button(
    icon: string,
    word: Word,
    press: () => void,
    { main = false, disabled = false } = {},
  ): TemplateResult {
    return html`<button
      class=${classes({ b: true, main })}
      ?disabled=${disabled}
      @click=${this.calm(press)}
    >
      <ha-icon class="ic" .icon=${icon}></ha-icon><span>${this.reader.text(word)}</span>
    </button>`;
  }

  private pause(picture: SessionPicture): TemplateResult {
    return this.button("mdi:pause", "pause", () => void this.call("pause_session"), {
      disabled: !picture.may_control,
    });
  }

  /** It acts when the thumb comes down: a wet one slides before it lifts. Nobody is kept from it. */
  private stop(hollow: boolean): TemplateResult {
    return html`<button
      class=${classes({ b: true, stop: true, hollow })}
      @pointerdown=${this.stops.press}
      @click=${this.stops.press}
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
      <span class="bar"><i style=${`--p: ${share}`}></i></span>
      ${session === null ? nothing : html`<span class="end togo"></span>`}
      ${(this.config?.sound ?? "off") === "off" ? nothing : this.soundToggle()}
    </footer>`;
  }

  private soundToggle(): TemplateResult {
    const isOn = !isMuted();
    return html`<button
      class="sound"
      aria-pressed=${isOn ? "true" : "false"}
      aria-label=${this.reader.text("sound_on")}
      @click=${() => {
        mute(isOn);
        this.requestUpdate();
      }}
    >
      <ha-icon class="ic" .icon=${isOn ? "mdi:volume-high" : "mdi:volume-off"}></ha-icon>
    </button>`;
  }

  private blocker({ name, reason }: Blocker): string {
    return [name, this.reader.text(reason)].filter(Boolean).join(": ");
  }

  private blockerIcon({ entity, reason }: Blocker): string {
    if (reason === "unavailable") return "mdi:link-off";
    const kind = this.home?.states[entity]?.attributes.device_class;
    return BLOCKER_ICONS[typeof kind === "string" ? kind : ""] ?? "mdi:alert";
  }

  private stepOf(state: State, session: Session): string {
    return this.reader.text("step", {
      n: Math.max(0, session.index) + 1,
      of: session.phases.length,
      minutes: minutesToGo(state, session, this.link.clock.now()),
    });
  }

  // What is written past the templates: Lit binds none of these texts

  /** Tell who does not see it what is so, once when it becomes so. */
  private tell(): void {
    const { picture } = this.link;
    const status = this.pick("[role=status].sr");
    if (picture === undefined || status === null) return;
    if (this.said !== this.spoken) write(status, (this.spoken = this.said));
    const { session, state } = picture;
    const now = `${state} ${String(session?.index)}`;
    if (now === this.counted) return;
    this.counted = now;
    const timer = this.pick("[role=timer]");
    const left = session === null ? null : secondsLeft(state, session, this.link.clock.now());
    const counts = left !== null && (WALKS.has(state) || state === "resting");
    if (timer !== null) write(timer, counts ? this.timeLeft(left) : "");
  }

  private timeLeft(left: number): string {
    return left < 90
      ? this.reader.text("seconds_left", { seconds: Math.ceil(left) })
      : this.reader.text("minutes_left", { minutes: Math.round(left / 60) });
  }

  /** What the sensors say. */
  private measure(): void {
    const { picture } = this.link;
    if (picture === undefined) return;
    const speed = this.measured(picture.speed_sensor);
    this.put(".speed", speed.value);
    this.put(".unit", speed.unit || this.reader.text("speed"));
    this.put(".pulse", this.measured(picture.heart_rate_sensor).value);
    const isKnown = picture.speed_sensor !== null && speed.value !== UNKNOWN;
    const still = `${speed.value} ${speed.unit}`;
    this.put(".still", isKnown ? this.reader.text("failed_speed", { speed: still }) : "");
  }

  private measured(entity: string | null): { value: string; unit: string } {
    const state = entity === null ? undefined : this.home?.states[entity];
    const value = Number(state?.state);
    const unit = state?.attributes.unit_of_measurement;
    const isKnown = state !== undefined && state.state.trim() !== "" && Number.isFinite(value);
    return {
      value: isKnown ? this.reader.number(value) : UNKNOWN,
      unit: typeof unit === "string" ? unit : "",
    };
  }

  private put(selector: string, text: string): void {
    const element = this.pick(selector);
    if (element !== null) write(element, text);
  }

  /** What a second changes: one text, one transform; now and then a width. */
  private readonly tick = (): void => {
    const picture = this.link.picture;
    const session = picture?.session;
    if (picture === undefined || session == null || !this.isConnected) return;
    const { state } = picture;
    if (this.view(picture) !== state) return;
    const now = this.link.clock.now();
    const left = secondsLeft(state, session, now);
    const count = this.pick(".count");
    if (count !== null) {
      const isOne = state === "get_ready";
      const shown = left === null ? "" : isOne ? String(Math.ceil(left)) : digits(left);
      write(count, shown);
      if (count.classList.contains("digits")) {
        count.classList.toggle("five", shown.length > 4);
        count.classList.toggle("one", shown.length < 3);
      }
    }
    const circle = this.pick(".ring");
    if (circle !== null) turn(circle, this.ringOf(picture, session));
    const second = left === null ? 0 : Math.ceil(left);
    if (this.stripped !== session || second % STRIP_EVERY_S === 0) {
      this.stripped = session;
      const share = doneShare(state, session, now);
      this.pick(".strip .now")?.style.setProperty("--p", share.toFixed(3));
      this.put(".togo", this.reader.text("to_go", { minutes: minutesToGo(state, session, now) }));
    }
    if (second === SAY_SECONDS_LEFT && WALKS.has(state)) {
      this.put("[role=timer]", this.timeLeft(second));
    }
    clearTimeout(this.ticks);
    if (left !== null && left > 0 && state !== "paused") {
      this.ticks = window.setTimeout(this.tick, untilNextSecond(left, session.pace));
    }
  };

  // What is pressed

  /** A press that does nothing while the controls have only just become what they are. */
  private calm(press: () => void): () => void {
    return () => {
      if (performance.now() - this.since >= INERT_MS) press();
    };
  }

  private start(kind: Kind): () => void {
    return () => void this.call("start_session", { kind });
  }
}

const UNKNOWN = "–";

/** Whether the belt runs, or is not proven to stand, while nobody walks. */
function runs({ state, belt_stands, blockers, failed_stop }: SessionPicture): boolean {
  if (state !== "idle") return false;
  const isUnproven = blockers.some(
    ({ reason }) => reason === "belt_moving" || reason === "stop_pending",
  );
  return belt_stands === false || isUnproven || failed_stop !== null;
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
