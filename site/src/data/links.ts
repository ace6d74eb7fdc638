import type { Language } from "../i18n/index.ts";

/** Addresses of one page's links: relative, so that they hold under any sub-path and in a folder opened offline. */
export type Links = ReturnType<typeof linksFrom>;

/** Id of one case's section on its result page. */
export const caseAnchor = (index: number): string => `case-${index + 1}`;

/**
 * @param root way from the page to the site's root: `../../`, empty at the root itself
 * @param index file name that a folder's page has where nothing serves it: `index.html`, else empty
 */
export const linksFrom = (root: string, language: Language, index = "") => {
  const start = root === "" ? "./" : root;
  const file = (path: string): string => `${start}${path}`;
  const page = (path: string, end = ""): string =>
    `${start}${language === "en" ? "" : `${language}/`}${path}${index}${end}`;
  return {
    file,
    page,
    home: (query = ""): string => page("", query === "" ? "" : `?${query}`),
    gpus: (): string => page("gpu/"),
    gpu: (id: string): string => page(`gpu/${id}/`),
    model: (path: string): string => page(`model/${path}/`),
    result: (runId: string, caseIndex?: number): string =>
      page(`result/${runId}/`, caseIndex === undefined ? "" : `#${caseAnchor(caseIndex)}`),
    rawResult: (runId: string): string => file(`result/${runId}.json`),
    compare: (ids: readonly string[] = []): string => {
      const words = ids.map((id, i) => `${"abcd"[i]}=${encodeURIComponent(id)}`);
      return page("compare/", words.length > 0 ? `?${words.join("&")}` : "");
    },
  };
};
