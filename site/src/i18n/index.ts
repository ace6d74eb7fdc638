import { en, type Words } from "./en.ts";
import { ja } from "./ja.ts";

/** The site's languages; the first has addresses without a prefix. */
export const languages = ["en", "ja"] as const;
export type Language = (typeof languages)[number];

/** How each language calls itself. */
export const languageNames: Record<Language, string> = { en: "English", ja: "日本語" };

const words: Record<Language, Words> = { en, ja };

export const wordsOf = (language: Language): Words => words[language];
export type { Words };
