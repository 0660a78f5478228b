import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";
import { words } from "./words.ts";

/** Templates keep one space of their indentation: a minified module has no other line breaks. */
function slim(): Plugin {
  return {
    name: "slim",
    generateBundle(_options, bundle) {
      for (const each of Object.values(bundle)) {
        if (each.type === "chunk") each.code = each.code.replace(/\s*\n\s*/g, " ");
      }
    },
  };
}

// One ES module, beside the Python that serves it. It is committed, so that whoever installs the
// integration builds nothing; script/lint holds it against a fresh build.
export default defineConfig({
  plugins: [words(), slim()],
  build: {
    target: "es2023",
    cssTarget: ["chrome125", "firefox128", "safari18"],
    outDir: "../custom_components/retrowalk/frontend",
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: "src/main.ts",
      output: { format: "es", entryFileNames: "retrowalk.js" },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "happy-dom" },
});
