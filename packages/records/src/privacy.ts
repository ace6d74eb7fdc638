/**
 * Absolute paths below folders that name a user, a machine or a share. `/proc` and `/sys` name nobody, and names of
 * graph nodes such as `/blocks.0/attn/MatMul` are no paths. A Windows path may hold spaces, so all up to a quote goes.
 */
const privatePath =
  /file:\/\/\S+|(?<![\w.])(?:\/(?:home|Users|root|tmp|private|mnt|media|opt|srv|var|scratch)\/[^\s"'`,;)]*|[A-Za-z]:\\[^"'`,;)]*|\\\\[\w.-]+\\[^"'`,;)]*)/g;

/** What else tools print that names one machine or one person and nothing about speed. */
const privateMarks: readonly (readonly [what: string, mark: RegExp])[] = [
  ["path of the machine", privatePath],
  ["serial number of a device", /\b(?:GPU|MIG)-[0-9a-f]{8}-[0-9a-f-]{4,}/gi],
  ["network address", /\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi],
  ["e-mail address", /\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b/gi],
];

/** The first thing in a text that could name a person or a machine; `null` where there is none. */
export const findPrivate = (text: string): { what: string; text: string } | null => {
  for (const [what, mark] of privateMarks) {
    const found = text.match(mark)?.[0];
    if (found !== undefined) return { what, text: found };
  }
  return null;
};

/** The marks besides paths, as one. */
const privateText = new RegExp(
  privateMarks
    .slice(1)
    .map(([, { source }]) => source)
    .join("|"),
  "gi",
);

const longest = 500;

/** A text of any origin made fit for a record: one line, paths replaced by `[path]`, at most 500 characters. */
export const cleanLine = (text: string): string => {
  const line = text
    .replace(/\p{C}+/gu, " ")
    .replace(privatePath, "[path]")
    .replace(privateText, "[private]")
    .trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
};

/** A record with `cleanLine` applied to every text that needs it; everything else is the same value. */
export const cleanRecord = <T>(value: T): T => mapTexts(value) as T;

const mapTexts = (value: unknown): unknown => {
  if (typeof value === "string") return cleanLine(value);
  if (Array.isArray(value)) return value.map(mapTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member)]));
};
