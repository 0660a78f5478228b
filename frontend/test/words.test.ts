import { describe, expect, it } from "vitest";
import { Reader } from "../src/words";
import { languages, wordsOf } from "../words";

const LANGUAGES = ["de", "en", "es", "fr", "it", "nl"];
/** What has to fit in one line beside a ring, or on half of a card. */
const BUTTONS = ["start", "go", "pause", "resume", "stop", "edit", "delete", "keep", "save"];

function reader(language: string, more: Record<string, string> = {}): Reader {
  const locale = { language, number_format: "language", time_format: "language", ...more };
  return new Reader(locale, "Europe/Berlin");
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([found]) => found).sort();
}

it("there is a file for each of the six languages", () => {
  expect(languages()).toEqual(LANGUAGES);
});

describe.each(LANGUAGES)("%s", (language) => {
  const [english, words] = [wordsOf("en"), wordsOf(language)];

  it("has every word and no other, with its figures", () => {
    expect(Object.keys(words)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(words)) {
      expect(text.trim(), key).toBe(text);
      expect(text, key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(english[key] ?? ""));
    }
  });

  it("has short words for what is pressed", () => {
    for (const each of BUTTONS) expect(words[each]?.length, each).toBeLessThanOrEqual(11);
  });

  it("is read where it is spoken", () => {
    expect(reader(language).text("stop")).toBe(words.stop);
    expect(reader(`${language}-XX`).text("stop")).toBe(words.stop);
  });
});

describe("a reader", () => {
  it("reads English in a language that is not here", () => {
    expect(reader("pt").text("pause")).toBe("Pause");
    expect(reader("*").text("pause")).toBe("Pause");
  });

  it("puts figures in, as the person writes them", () => {
    expect(reader("en").text("week", { minutes: 1234.5, goal: 45 })).toBe(
      "Week: 1,234.5 of 45 min",
    );
    expect(reader("de").number(2.8)).toBe("2,8");
    expect(reader("en", { number_format: "decimal_comma" }).number(2.8)).toBe("2,8");
    expect(reader("de", { number_format: "comma_decimal" }).number(2.8)).toBe("2.8");
    expect(reader("en", { number_format: "none" }).number(1234)).toBe("1234");
  });

  it("leaves out what nobody has said, and takes a name for a name", () => {
    expect(reader("en").text("in_use")).toBe(" is using the gym.");
    expect(reader("en").text("in_use", { name: "{week} $& Ann" })).toBe(
      "{week} $& Ann is using the gym.",
    );
  });

  it("tells the time by the clock that the person chose", () => {
    const noon = Date.UTC(2026, 10, 29, 12, 5);
    const server = { time_zone: "server" };
    expect(reader("en", { ...server, time_format: "12" }).time(noon)).toMatch(/^1:05\sPM$/);
    expect(reader("en", { ...server, time_format: "24" }).time(noon)).toBe("13:05");
    expect(reader("de", server).time(noon)).toBe("13:05");
  });

  it("names a day of the home the same day everywhere", () => {
    expect(reader("en").day("2026-11-29", { weekday: "long" })).toBe("Sunday");
    expect(reader("de").day("2026-11-29", { weekday: "long" })).toBe("Sonntag");
  });
});
