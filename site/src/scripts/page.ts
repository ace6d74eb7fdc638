/// <reference lib="dom" />
import { type Language, languages, type Words, wordsOf } from "../i18n/index.ts";
import { type Links, linksFrom } from "../data/links.ts";

/** Language, words and links of the page that runs this. */
export const pageContext = (): { language: Language; words: Words; links: Links } => {
  const { lang, dataset } = document.documentElement;
  const language = languages.find((known) => known === lang) ?? "en";
  return {
    language,
    words: wordsOf(language),
    links: linksFrom(dataset["root"] ?? "", language, dataset["index"] ?? ""),
  };
};

/** A document that the page embeds as JSON. */
export const embedded = <T>(id: string): T => JSON.parse(document.getElementById(id)!.textContent) as T;
