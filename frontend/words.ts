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

/**
 * The words of all languages: a row a word, with its key, then a column a language. So written they
 * are half as large, since what means the same often looks the same.
 */
export function words(): Plugin {
  const name = "virtual:words";
  return {
    name,
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined;
      const known = languages();
      for (const each of known) this.addWatchFile(join(FOLDER, `${each}.json`));
      const all = known.map(wordsOf);
      const rows = Object.keys(wordsOf("en")).map((key) => {
        const row = [key, ...all.map((of) => of[key] ?? "")];
        if (row.some((each) => /[|~]/.test(each))) this.error(`${key}: no | and no ~`);
        return row.join("|");
      });
      return [
        `export const languages = ${JSON.stringify(known.join(" "))}.split(" ");`,
        `export const rows = ${JSON.stringify(rows.join("~"))}.split("~");`,
      ].join("\n");
    },
  };
}
