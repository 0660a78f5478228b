/** What both cards share: which runner, what is known of it, and how its person reads. */

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { DOMAIN, runners, type CardConfig, type Content, type Hass } from "./ha";
import { Link } from "./link";
import type { Verb } from "./wire";
import { pageReader, readerOf, type Reader } from "./words";

export abstract class RunnerCard<P extends { now: number; switch: string }> extends LitElement {
  protected config: CardConfig | undefined;
  protected home: Hass | undefined;
  readonly link: Link<P>;
  private runner: string | undefined;

  constructor(command: "session" | "week") {
    super();
    this.link = new Link<P>(this, command, (picture, before) => {
      this.changed?.(picture, before);
    });
  }

  static getStubConfig(hass: Hass): Partial<CardConfig> {
    const [runner] = runners(hass);
    return runner === undefined ? {} : { runner };
  }

  setConfig(config: CardConfig): void {
    if (typeof (config as { runner?: unknown }).runner === "number") {
      throw new Error("runner: the id of a runner's device");
    }
    this.config = config;
    this.find();
    this.requestUpdate();
  }

  set hass(hass: Hass) {
    const before = this.home;
    this.home = hass;
    if (before?.entities !== hass.entities) this.find();
    else this.link.follow(hass, this.runner);
    if (before?.locale !== hass.locale) this.requestUpdate();
    if (before !== undefined) this.heard?.(before, hass);
  }

  getGridOptions(): Record<string, unknown> {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  /** Called with each picture, and with whatever changes in the home, by cards that want to know. */
  protected changed?(picture: P, before: P | undefined): void;
  protected heard?(before: Hass, now: Hass): void;

  protected abstract draw(picture: P): Content;

  protected override render(): Content {
    if (this.home === undefined) return nothing;
    const picture = this.link.picture;
    if (picture === undefined || this.link.isGone) return this.lone();
    return this.draw(picture);
  }

  protected lone(): TemplateResult {
    const { link } = this;
    const t = this.reader;
    const words =
      this.runner === undefined
        ? t.text("no_runner")
        : link.isForbidden
          ? t.text("not_allowed")
          : link.isGone
            ? t.text("not_there")
            : nothing; // it is asked for
    return html`<ha-card><p class="lone" role="status">${words}</p></ha-card>`;
  }

  protected get reader(): Reader {
    return this.home === undefined ? pageReader() : readerOf(this.home);
  }

  /** Do something in the name of whoever looks. What is refused, Home Assistant shows. */
  protected async call(verb: Verb, data: Record<string, unknown> = {}): Promise<boolean> {
    const entity_id = this.link.picture?.switch;
    if (this.home === undefined || entity_id === undefined) return false;
    try {
      await this.home.callService(DOMAIN, verb, data, { entity_id });
      return true;
    } catch {
      return false;
    }
  }

  private find(): void {
    if (this.home === undefined) return;
    this.runner = this.config?.runner ?? runners(this.home)[0];
    this.link.follow(this.home, this.runner);
  }
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
