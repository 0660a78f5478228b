import { defineConfig } from "vitest/config";
import { words } from "./words.ts";

// One ES module, beside the Python that serves it. It is committed, so that whoever installs the
// integration builds nothing; script/lint holds it against a fresh build.
export default defineConfig({
  plugins: [words()],
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
