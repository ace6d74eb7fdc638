import { type Language, languages } from "./index.ts";

/** The `lang` parameter of `[...lang]` routes: none for English. */
type LanguageParameter = { lang: string | undefined };

/** Each path once for every language, with the language among its props. */
export const inAllLanguages = <P extends object, Q extends object>(
  paths: readonly { params: P; props: Q }[],
): { params: P & LanguageParameter; props: Q & { language: Language } }[] =>
  languages.flatMap((language) =>
    paths.map(({ params, props }) => ({
      params: { ...params, lang: language === "en" ? undefined : language },
      props: { ...props, language },
    })),
  );
