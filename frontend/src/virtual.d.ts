declare module "*.css?inline" {
  const css: string;
  export default css;
}

/** Made by words.ts of the files in src/words. */
declare module "virtual:words" {
  export const languages: string[];
  /** The key of a word, then the word in each language. */
  export const rows: string[];
}
