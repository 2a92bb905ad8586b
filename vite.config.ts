import { defineConfig } from "vite";

// The page: from web/ into dist/web, which the daemon serves at /. Relative addresses, so that it works below a path too.
export default defineConfig({
  root: "web",
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "/api": process.env["FOREWARN_URL"] ?? "http://127.0.0.1:8000" } },
});
