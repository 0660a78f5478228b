import lit from "eslint-plugin-lit";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [
      ts.configs.strictTypeChecked,
      ts.configs.stylisticTypeChecked,
      lit.configs["flat/all"],
    ],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "lit/no-template-map": "off", // lists that are drawn anew as a whole need no repeat
      "lit/no-template-arrow": "off", // a listener that knows its row
      "lit/quoted-expressions": "off",
      "lit/prefer-query-decorators": "off", // there are no decorators here
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
);
