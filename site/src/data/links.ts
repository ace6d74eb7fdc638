/** Addresses inside the site, safe under any `base`. Pages end in a slash, as `trailingSlash` asks. */
const below = (path: string): string => `${import.meta.env.BASE_URL.replace(/\/$/, "")}/${path}`;

export const homeLink = (): string => below("");
export const modelLink = (plugin: string, model: string): string => below(`model/${plugin}/${model}/`);
export const resultLink = (runId: string, caseIndex?: number): string =>
  below(`result/${runId}/${caseIndex === undefined ? "" : `#${caseAnchor(caseIndex)}`}`);
export const rawResultLink = (runId: string): string => below(`result/${runId}.json`);
export const faviconLink = (): string => below("favicon.svg");

/** Id of one case's section on its result page. */
export const caseAnchor = (index: number): string => `case-${index + 1}`;
