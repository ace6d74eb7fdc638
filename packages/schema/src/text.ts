import { z } from "zod";

/**
 * One line of plain text. Control, format (bidirectional override, zero width) and unpaired surrogate
 * characters are refused: they break tables, hashes and what a reviewer sees in a diff.
 */
export const Line = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{C}*$/u, "expected one line without control or invisible characters");

/** A line that tools print as a name or version: no markup either, whatever page shows it. */
export const Name = (max: number) => Line(max).regex(/^(?!.*<[A-Za-z!/?])/u, "expected a name without markup");
