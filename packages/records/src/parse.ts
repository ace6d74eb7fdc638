import type { RunFile } from "@epochmark/schema";
import { asRunFile } from "./form.ts";
import { findHiddenJson } from "./json.ts";
import { maxFileBytes } from "./limits.ts";
import { problem, RecordError } from "./problem.ts";

/**
 * Reads a run file: UTF-8, at most 256 kB, JSON without repeated fields, then the schema. What it returns has the
 * right form; whether it is true is the question of `validateRunFile`.
 *
 * @param fileName as the error messages should show it
 * @throws {RecordError} naming file, path in the JSON, what was expected and what was found.
 */
export const parseRunFile = (content: string | Uint8Array, fileName: string): RunFile =>
  asRunFile(parseRunJson(content, fileName), fileName);

/** The JSON of a run file of any version. @throws {RecordError} on what no version may hold. */
export const parseRunJson = (content: string | Uint8Array, fileName: string): unknown => {
  const text = decode(content, fileName);
  const value = parseJson(text, fileName);
  const hidden = findHiddenJson(text);
  if (hidden.length > 0) throw new RecordError(fileName, hidden);
  return value;
};

const decode = (content: string | Uint8Array, fileName: string): string => {
  if (content.length > maxFileBytes) throw tooLarge(fileName, content.length);
  if (typeof content === "string") {
    const bytes = new TextEncoder().encode(content).length;
    if (bytes > maxFileBytes) throw tooLarge(fileName, bytes);
    return content;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw new RecordError(fileName, [problem([], "expected UTF-8 text, found other bytes")], { cause });
  }
};

/** The refusal of a file by its size alone, before it is read. */
export const tooLarge = (fileName: string, bytes: number): RecordError =>
  new RecordError(fileName, [problem([], `expected at most ${maxFileBytes} bytes, found ${bytes}`)]);

const parseJson = (text: string, fileName: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RecordError(fileName, [problem([], `expected JSON: ${(cause as Error).message}`)], { cause });
  }
};
