import type { Case, RunFile } from "@epochmark/schema";
import type { JsonPath, Problem } from "./problem.ts";

/** What must hold of one case of a run file. */
export type CaseRule = (of: Case, path: JsonPath, file: RunFile) => Problem[];

/** Equal but for the last digits, in which machines differ. */
export const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
