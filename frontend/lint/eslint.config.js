/** What is looked for in the page's source: types that are not followed, hooks called wrongly, what only a mouse can do. */

import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

const page = new URL("..", import.meta.url).pathname;

export default typescript.config(
  js.configs.recommended,
  typescript.configs.recommendedTypeChecked,
  a11y.flatConfigs.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "test/**/*.ts"],
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: page } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": ["error", { allow: ["error"] }],
      "react-hooks/rules-of-hooks": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, argsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // A canvas that keys move about in is an application; what is clicked there hears keys (click-events-have-key-events).
      // What scrolls must be reached by keys.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["application", "region", "tabpanel"], tags: ["ul"] }],
      "jsx-a11y/no-noninteractive-element-interactions": ["error", { handlers: ["onMouseDown", "onMouseUp"] }],
    },
  },
);
