import { defineConfig } from "astro/config";

export default defineConfig({
  output: "static",
  trailingSlash: "always",
  // The default drops the space between a word at the end of a line and the element after it.
  compressHTML: true,
  // The page's Content-Security-Policy allows no inline script or style, so none may be inlined.
  build: { inlineStylesheets: "never" },
  vite: { build: { assetsInlineLimit: 0 } },
  devToolbar: { enabled: false },
});
