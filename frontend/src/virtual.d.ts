declare module "*.css?inline" {
  const css: string;
  export default css;
}

/** Made by words.ts of the files in src/words. */
declare module "virtual:words" {
  export const keys: string[];
  export const texts: Record<string, string[]>;
}
