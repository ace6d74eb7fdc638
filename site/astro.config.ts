import sitemap from "@astrojs/sitemap";
import { defineConfig } from "astro/config";
import { offline } from "./offline.ts";

export default defineConfig({
  output: "static",
  // Where the site will stand, for the sitemap; a page itself needs no address.
  site: process.env["EPOCHMARK_SITE"] ?? "http://localhost:4321",
  trailingSlash: "always",
  integrations: process.env["EPOCHMARK_OFFLINE"]
    ? [offline()]
    : [sitemap({ i18n: { defaultLocale: "en", locales: { en: "en", ja: "ja" } } })],
  // The default drops the space between a word at the end of a line and the element after it.
  compressHTML: true,
  // The page's Content-Security-Policy allows no inline script or style, so none may be inlined.
  build: { inlineStylesheets: "never" },
  markdown: { syntaxHighlight: false },
  vite: { build: { assetsInlineLimit: 0 }, oxc: { jsx: { runtime: "automatic", importSource: "preact" } } },
  devToolbar: { enabled: false },
});
