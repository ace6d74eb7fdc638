export { caseKey } from "./case-key.ts";
export { formatRunFile } from "./format.ts";
export { contentHash } from "./hash.ts";
export { newRunId, runFilePath } from "./names.ts";
export { cleanLine } from "./privacy.ts";
export { relativeHalfWidth } from "./statistics.ts";
export { summarize } from "./summary.ts";
