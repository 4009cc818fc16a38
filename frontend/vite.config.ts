import { defineConfig } from "vite";

const jsx = { jsx: { runtime: "automatic" as const, importSource: "preact" } };
const into = "../src/aition/view/web/static";

/** The page; with --mode widget, the same views as one ES module for notebooks. */
export default defineConfig(({ mode }) => {
  const widget = mode === "widget";
  return {
    base: "./",
    oxc: jsx,
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
