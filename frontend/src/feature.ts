/** A row of buttons for Home Assistant's own tile card: start, or pause and stop, as it is. */

import { LitElement, css, html, nothing } from "lit";
import { DOMAIN, entityOf, type Content, type Hass } from "./ha";
import { readerOf, type Word } from "./words";

interface Context {
  entity_id?: string;
}

const MAY_PAUSE = new Set([
  "get_ready",
  "walking_backward",
  "walking_forward",
  "turning",
  "resting",
]);

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
      display: flex;
      gap: var(--feature-button-spacing, 12px);
      width: 100%;
    }
    button {
      flex: 1;
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

  setConfig(): void {
    // It has nothing to set.
  }

  static getStubConfig(): { type: string } {
    return { type: "custom:retrowalk-session-feature" };
  }

  protected override shouldUpdate(changed: Map<string, unknown>): boolean {
    const before = changed.get("hass") as Hass | undefined;
    const state = this.find("state", "sensor");
    if (changed.size > 1 || before === undefined || state === undefined) return true;
    return before.states[state] !== this.hass?.states[state] || before.locale !== this.hass?.locale;
  }

  private find(key: string, domain: string): string | undefined {
    const entity = this.context?.entity_id;
    const device = entity === undefined ? undefined : this.hass?.entities[entity]?.device_id;
    if (this.hass === undefined || !device) return undefined;
    return entityOf(this.hass, device, key, domain);
  }

  private gym(): string | null | undefined {
    const entity = this.context?.entity_id;
    const device = entity === undefined ? undefined : this.hass?.entities[entity]?.device_id;
    return device ? this.hass?.devices[device]?.via_device_id : undefined;
  }

  protected override render(): Content {
    const entity = this.find("state", "sensor");
    const state = entity === undefined ? undefined : this.hass?.states[entity]?.state;
    if (state === undefined) return nothing;
    const stop = this.button("stop", "stop_everything", "stop");
    if (state === "idle") return this.row(this.button("start", "turn_on"));
    if (state === "ready") return this.row(this.button("go", "go"), stop);
    if (state === "paused") return this.row(this.button("resume", "go"), stop);
    if (MAY_PAUSE.has(state)) return this.row(this.button("pause", "pause_session"), stop);
    return this.row(stop);
  }

  private row(...buttons: Content[]): Content {
    return html`<div class="row">${buttons}</div>`;
  }

  private button(word: Word, service: string, looks = ""): Content {
    if (this.hass === undefined) return nothing;
    const press = (): void => {
      const isStop = service === "stop_everything"; // which asks for no permission
      const domain = service === "turn_on" ? "switch" : DOMAIN;
      const target = { entity_id: this.find("session", "switch") };
      const data = isStop ? { device_id: this.gym() } : {};
      this.hass
        ?.callService(domain, service, data, isStop ? undefined : target)
        .catch(() => undefined);
    };
    return html`<button class=${looks} @click=${press}>${readerOf(this.hass).text(word)}</button>`;
  }
}
