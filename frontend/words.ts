import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const FOLDER = join(import.meta.dirname, "src", "words");

/** The words of a language, from its file. */
export function wordsOf(language: string): Record<string, string> {
  const file = join(FOLDER, `${language}.json`);
  return JSON.parse(readFileSync(file, "utf-8")) as Record<string, string>;
}

/** Each language has a file of its own. */
export function languages(): string[] {
  return readdirSync(FOLDER)
    .filter((each) => each.endsWith(".json"))
    .map((each) => each.replace(".json", ""))
    .sort();
}

/** The words of all languages with their keys once, which is half of their size. */
export function words(): Plugin {
  const name = "virtual:words";
  return {
    name,
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined;
      const keys = Object.keys(wordsOf("en"));
      const texts = languages().map((each) => {
        this.addWatchFile(join(FOLDER, `${each}.json`));
        const of = wordsOf(each);
        return [each, keys.map((key) => of[key])];
      });
      return [
        `export const keys = ${JSON.stringify(keys.join(" "))}.split(" ");`,
        `export const texts = ${JSON.stringify(Object.fromEntries(texts))};`,
      ].join("\n");
    },
  };
}
