import type { RunFile } from "@epochmark/schema";

/** Longest value that stays on one line, in characters. */
const lineLength = 110;

/**
 * The text of a run file as it lies on disk: fields in the schema's order, raw samples of a launch on one line,
 * small objects on one line, so that a person can read it and a diff shows one launch a line. Equal records give
 * equal text, whoever built them.
 *
 * @param file with its fields in order, as `asRunFile` gives it
 */
export const formatRunFile = (file: RunFile): string => `${layOut(file, "")}\n`;

const layOut = (value: unknown, indent: string): string => {
  const line = oneLine(value);
  if (!isContainer(value) || line.length <= lineLength || (Array.isArray(value) && !value.some(isContainer)))
    return line;
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const entries = Array.isArray(value)
    ? value.map((element) => layOut(element, deeper))
    : Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${layOut(member, deeper)}`);
  return `${open}\n${entries.map((entry) => deeper + entry).join(",\n")}\n${indent}${close}`;
};

const oneLine = (value: unknown): string => {
  if (!isContainer(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${oneLine(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
};

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
