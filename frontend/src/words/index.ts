/** The cards' own words in the user's language; what it lacks is English. */

import { languages, rows } from "virtual:words";
import type { Hass, Locale } from "../ha";
import type en from "./en.json";

export type Word = keyof typeof en;

/** The words of a language by their keys; those of English where it is not known. */
function wordsIn(language: string): ReadonlyMap<string, string> {
  const known = languages.includes(language) ? language : "en";
  const column = languages.indexOf(known) + 1;
  return new Map(
    rows.map((row) => {
      const cells = row.split("|");
      return [cells[0] ?? "", cells[column] ?? ""];
    }),
  );
}

export type Figures = Record<string, string | number>;

/** Text and figures as one person reads them. */
export class Reader {
  private readonly words: ReadonlyMap<string, string>;
  private readonly numbers: Intl.NumberFormat;
  readonly tag: string;

  constructor(locale: Locale, homeZone: string) {
    this.tag = tagOf(locale);
    this.words = wordsIn(languageOf(locale.language));
    this.numbers = new Intl.NumberFormat(...numbering(locale));
    const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.zone = locale.time_zone === "server" ? homeZone : here;
    this.hour12 =
      locale.time_format === "12" ? true : locale.time_format === "24" ? false : undefined;
    this.clock = locale.time_format === "system" ? undefined : this.tag;
  }

  /** The time zone in which the person reads times. */
  readonly zone: string;
  private readonly hour12: boolean | undefined;
  /** The language whose way of writing times the person reads; that of the browser: undefined. */
  private readonly clock: string | undefined;

  /** A text; a figure in it is written as the person writes figures. */
  text(word: Word, figures: Figures = {}): string {
    const text = this.words.get(word) ?? word;
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const figure = figures[name];
      return typeof figure === "number" ? this.number(figure) : (figure ?? "");
    });
  }

  number(figure: number): string {
    return this.numbers.format(figure);
  }

  weeks(weeks: number): string {
    const unit = { style: "unit", unit: "week", unitDisplay: "long" } as const;
    return new Intl.NumberFormat(this.tag, unit).format(weeks);
  }

  /** A time of day, as the person writes it. */
  time(ms: number): string {
    const time: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
    if (this.hour12 !== undefined) time.hour12 = this.hour12;
    return this.format(this.clock, new Date(ms), { ...time, timeZone: this.zone });
  }

  /** A day and its time. */
  moment(ms: number): string {
    const day = { weekday: "short", day: "numeric", month: "short" } as const;
    return this.format(this.tag, new Date(ms), { ...day, timeZone: this.zone });
  }

  /** A day of the home, from its ISO date: the same day wherever it is read. */
  day(iso: string, options: Intl.DateTimeFormatOptions): string {
    return this.format(this.tag, new Date(`${iso}T12:00:00Z`), { ...options, timeZone: "UTC" });
  }

  private format(tag: string | undefined, date: Date, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(tag, options).format(date);
  }
}

let last: { locale: Locale; zone: string; reader: Reader } | undefined;

/** The reader of a Home Assistant; all cards of a page share it. */
export function readerOf(hass: Hass): Reader {
  const { locale, config } = hass;
  if (last?.locale !== locale || last.zone !== config.time_zone) {
    last = { locale, zone: config.time_zone, reader: new Reader(locale, config.time_zone) };
  }
  return last.reader;
}

/** The reader of the page, for what Home Assistant asks of a class and not of a card. */
export function pageReader(): Reader {
  const home = document.querySelector("home-assistant") as { hass?: Hass } | null;
  if (home?.hass !== undefined) return readerOf(home.hass);
  const language = document.documentElement.lang || "en";
  return new Reader({ language, number_format: "language", time_format: "language" }, "UTC");
}

export function languageOf(tag: string): string {
  return tag.split("-")[0]?.toLowerCase() ?? "en";
}

function tagOf(locale: Locale): string {
  try {
    return Intl.getCanonicalLocales(locale.language)[0] ?? "en";
  } catch {
    return "en";
  }
}

/** Home Assistant's choices of how numbers are written. */
function numbering(locale: Locale): [string | undefined, Intl.NumberFormatOptions] {
  const options: Intl.NumberFormatOptions = { maximumFractionDigits: 1 };
  switch (locale.number_format) {
    case "comma_decimal":
      return ["en-US", options];
    case "decimal_comma":
      return ["de", options];
    case "space_comma":
      return ["fr", options];
    case "quote_decimal":
      return ["de-CH", options];
    case "none":
      return ["en-US", { ...options, useGrouping: false }];
    case "system":
      return [undefined, options];
    default:
      return [tagOf(locale), options];
  }
}
