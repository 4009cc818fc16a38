import { defineConfig, type Plugin } from "vite";
import { scopedTo } from "./scripts/scope.ts";

const jsx = { jsx: { runtime: "automatic" as const, importSource: "preact" } };
const into = "../src/aition/view/web/static";

const scoped: Plugin = {
  name: "scoped",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const one of Object.values(bundle))
      if (one.type === "asset" && one.fileName.endsWith(".css"))
        one.source = scopedTo(".aition-place", `${one.source}`);
  },
};

/** The page; with --mode widget, the same views as one ES module for notebooks. */
export default defineConfig(({ mode }) => {
  const widget = mode === "widget";
  return {
    base: "./",
    oxc: jsx,
    plugins: widget ? [scoped] : [],
    build: {
      outDir: into,
      emptyOutDir: !widget,
      target: "es2022",
      // The page's policy is default-src 'self': nothing may stand inline, no data: addresses either.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: true,
      ...(widget && {
        copyPublicDir: false,
        lib: {
          entry: "src/widget.tsx",
          formats: ["es" as const],
          fileName: () => "widget.js",
          cssFileName: "widget",
        },
      }),
    },
    define: widget ? { "process.env.NODE_ENV": '"production"' } : {},
    server: { proxy: { "/api": "http://127.0.0.1:8765" } },
    test: {
      environment: "node",
      include: ["test/**/*.test.ts"],
      fileParallelism: false,
    },
  };
});
