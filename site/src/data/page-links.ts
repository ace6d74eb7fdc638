import type { Language } from "../i18n/index.ts";
import { type Links, linksFrom } from "./links.ts";

/** File name of a folder's page in the variant that is opened from a folder, where nothing serves it. */
export const indexFile = process.env["EPOCHMARK_OFFLINE"] ? "index.html" : "";

/** Way from a page to the root of the site, whatever sub-path it is built for. */
export const rootOf = (pathname: string): string => {
  const base = import.meta.env.BASE_URL.replace(/\/$/, "");
  const below = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  return "../".repeat(below.split("/").filter((word) => word !== "").length);
};

/** Links of the page at that address. */
export const linksOf = (pathname: string, language: Language): Links =>
  linksFrom(rootOf(pathname), language, indexFile);
