/** What another program printed, fit for a record: one line without control characters or markup, at most `max` long. */
const cleanText = (text: string, max = 200): string =>
  text
    .replace(/\p{C}+/gu, " ")
    .replace(/[<>]/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, max)
    .trim();

/** A text field of a tool's answer; null where it is empty, of another type, or the tool says it does not know. */
export const knownText = (value: unknown, max = 200): string | null => {
  if (typeof value !== "string") return null;
  const text = cleanText(value, max);
  return text === "" || /^\[?(?:n\/a|not supported|unknown error|unknown|insufficient permissions)\]?$/i.test(text)
    ? null
    : text;
};

/** A positive number in a tool's answer, whether printed as text or not; null otherwise. */
export const knownNumber = (value: unknown): number | null => {
  const number = typeof value === "string" ? Number.parseFloat(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : null;
};
