/** A row of buttons for Home Assistant's own tile card: what can be done now, and Stop. */

import { LitElement, css, html, nothing } from "lit";
import { DOMAIN, entityOf, gymOf, type Content, type Hass } from "./ha";
import { StopPress } from "./stop-press";
import { readerOf, type Word } from "./words";

interface Context {
  entity_id?: string;
}

/** What stands beside Stop in each state: its word, its action; nothing where nothing can be done. */
const FIRST: Record<string, [Word, string]> = {
  idle: ["start", "turn_on"],
  ready: ["go", "go"],
  turning: ["go", "go"],
  paused: ["resume", "go"],
  get_ready: ["pause", "pause_session"],
  walking_backward: ["pause", "pause_session"],
  walking_forward: ["pause", "pause_session"],
  resting: ["pause", "pause_session"],
};
/** A button that has just become another one does nothing for so long. */
const INERT_MS = 600;

/** It fits the Session switch and State of a runner. */
export function isSupported(hass: Hass, { entity_id }: Context): boolean {
  const entry = entity_id === undefined ? undefined : hass.entities[entity_id];
  return (
    entry?.platform === DOMAIN &&
    (entry.translation_key === "session" || entry.translation_key === "state") &&
    !entry.entity_id.startsWith("event.")
  );
}

export class SessionFeature extends LitElement {
  static override properties = { hass: { attribute: false }, context: { attribute: false } };

  static override styles = css`
    .row {
      display: grid;
      grid-template-columns: 1fr 1fr;
      gap: var(--feature-button-spacing, 12px);
      width: 100%;
    }
    button {
      font: inherit;
      font-weight: 500;
      min-width: 0;
      height: max(44px, var(--feature-height, 44px));
      border: 0;
      border-radius: var(--feature-border-radius, 12px);
      background: color-mix(in srgb, var(--primary-text-color) 9%, var(--card-background-color));
      color: var(--primary-text-color);
      cursor: pointer;
      touch-action: manipulation;
    }
    .stop {
      grid-column: 2;
      background: color-mix(in srgb, var(--error-color) 85%, #000);
      color: #fff;
    }
    :focus-visible {
      outline: 3px solid var(--primary-text-color);
      outline-offset: 2px;
    }
  `;

  declare hass: Hass | undefined;
  declare context: Context | undefined;
  private state: string | undefined;
  private since = -Infinity;
  private readonly stops = new StopPress(
    () => {
      const { hass, device } = this;
      return { home: hass, gym: hass && device !== undefined ? gymOf(hass, device) : undefined };
    },
    () => {
      this.requestUpdate();
    },
  );

  setConfig(): void {
    // It has nothing to set.
  }

  static getStubConfig(): { type: string } {
    return { type: "custom:retrowalk-session-feature" };
  }

  protected override shouldUpdate(changed: Map<string, unknown>): boolean {
    const before = changed.get("hass") as Hass | undefined;
    const state = this.entity("state", "sensor");
    if (changed.size > 1 || before === undefined || state === undefined) return true;
    return before.states[state] !== this.hass?.states[state] || before.locale !== this.hass?.locale;
  }

  private get device(): string | undefined {
    const entity = this.context?.entity_id;
    return (entity === undefined ? undefined : this.hass?.entities[entity]?.device_id) ?? undefined;
  }

  private entity(key: string, domain: string): string | undefined {
    const { hass, device } = this;
    if (hass === undefined || device === undefined) return undefined;
    return entityOf(hass, device, key, domain);
  }

  protected override willUpdate(): void {
    const entity = this.entity("state", "sensor");
    const state = entity === undefined ? undefined : this.hass?.states[entity]?.state;
    if (state === this.state) return;
    this.state = state;
    this.since = performance.now();
  }

  protected override render(): Content {
    const { hass } = this;
    const { state } = this;
    if (hass === undefined || state === undefined) return nothing;
    const t = readerOf(hass);
    const first = FIRST[state];
    return html`<div class="row">
      ${
        first === undefined
          ? nothing
          : html`<button @click=${this.pressFirst}>${t.text(first[0])}</button>`
      }
      <button class="stop" @pointerdown=${this.stops.press} @click=${this.stops.press}>
        ${t.text(this.stops.waits ? "offline_sent" : "stop")}
      </button>
    </div>`;
  }

  private readonly pressFirst = (): void => {
    const first = FIRST[this.state ?? ""];
    if (first === undefined || performance.now() - this.since < INERT_MS) return;
    const [, service] = first;
    const domain = service === "turn_on" ? "switch" : DOMAIN;
    const target = { entity_id: this.entity("session", "switch") };
    this.hass?.callService(domain, service, {}, target).catch(() => undefined);
  };
}
