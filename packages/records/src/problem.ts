/** Steps from the root of a JSON document to a value: field names and array positions. */
export type JsonPath = readonly PropertyKey[];

/** One thing that is wrong with a record. */
export type Problem = {
  /** Where, as in `cases[3].launches[0].samplesMs[7]`; empty for the file as a whole. */
  path: string;
  /** What was expected and what was found, in one line of at most 300 characters. */
  message: string;
};

const longestMessage = 300;
const longestPath = 200;
/** Problems that one error carries at most. */
const mostProblems = 10;

export const problem = (path: JsonPath, message: string): Problem => ({
  path: cut(formatPath(path), longestPath),
  message: cut(message, longestMessage),
});

/** `file: path: message`, the one line that a person is shown. */
export const formatProblem = (fileName: string, { path, message }: Problem): string =>
  [fileName, path, message].filter((part) => part !== "").join(": ");

/** What was found, short enough for a message. */
export const excerpt = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return cut(JSON.stringify(value) ?? typeof value, 60);
};

/** A run file cannot be read as a record; the message is one line about the first problem. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  readonly file: string;
  /** The first problems, at most 10. */
  readonly problems: readonly Problem[];

  constructor(file: string, found: readonly Problem[], options?: ErrorOptions) {
    const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
    super(`${formatProblem(file, found[0] ?? problem([], "cannot be read"))}${more}`, options);
    this.file = file;
    this.problems = found.slice(0, mostProblems);
  }
}

const formatPath = (path: JsonPath): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const name = String(step);
    if (!/^[A-Za-z_]\w*$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === "" ? name : `${text}.${name}`;
  }, "");

/** Shortens, and drops characters that would move the cursor of a terminal. */
const cut = (text: string, longest: number): string => {
  const visible = text.slice(0, 4 * longest).replace(/\p{C}/gu, " ");
  return visible.length <= longest ? visible : `${visible.slice(0, longest - 1)}…`;
};
