import type { Language } from "../i18n/index.ts";
import { indexFile, rootOf } from "./page-links.ts";

/** Relative address of the same page in another language. */
export const samePage = (pathname: string, from: Language, to: Language): string => {
  const root = rootOf(pathname);
  const words = pathname.split("/").filter((word) => word !== "");
  const depth = root.split("../").length - 1;
  const below = words.slice(words.length - depth);
  const plain = from === "en" ? below : below.slice(1);
  const path = [...(to === "en" ? [] : [to]), ...plain].map((word) => `${word}/`).join("");
  return `${root === "" ? "./" : root}${path}${indexFile}`;
};
