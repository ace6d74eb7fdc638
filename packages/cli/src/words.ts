import { parseArgs } from "node:util";
import type { ArgDef, ArgsDef } from "citty";
import { distance } from "fastest-levenshtein";

/** A word on the command line that means nothing here: one line that names it and what may stand there. */
export class WordError extends Error {
  override name = "WordError";
}

/**
 * The words after a command, checked against its options and put into the one form that citty reads without
 * guessing (`--name=value`, then positional words). citty alone would pass over what it does not know.
 * @throws {WordError}
 */
export function checkedWords(command: string, words: readonly string[], args: ArgsDef): string[] {
  const options = Object.entries(args).filter(([, arg]) => arg.type !== "positional");
  const known = new Map(options);
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(options.map(([name, arg]) => [name, { type: nodeType(arg) }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const seen = new Set<string>();
  const positional: string[] = [];
  const flags: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positional.push(token.value);
    if (token.kind !== "option") continue;
    const arg = known.get(token.name);
    if (!arg || !token.rawName.startsWith("--")) throw unknownOption(command, token.rawName, [...known.keys()]);
    if (seen.has(token.name)) throw new WordError(`${token.rawName} is given twice: give it once`);
    seen.add(token.name);
    flags.push(nodeType(arg) === "string" ? withValue(token, arg) : withoutValue(token));
  }
  const places = Object.entries(args).filter(([, arg]) => arg.type === "positional");
  if (places.length === 0 && positional.length > 0)
    throw new WordError(`unexpected word "${positional[0]}": ${seeHelp(command)}`);
  const missing = places.find(([, { required }], index) => required !== false && positional[index] === undefined);
  if (missing) throw new WordError(`${missing[0]} is missing: ${seeHelp(command)}`);
  const needed = options.find(([name, arg]) => arg.required && !seen.has(name));
  if (needed) throw new WordError(`--${needed[0]} is missing: ${seeHelp(command)}`);
  return [...flags, "--", ...positional];
}

interface OptionToken {
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function withValue({ rawName, value, inlineValue }: OptionToken, arg: ArgDef): string {
  // `--batch --fast` forgot a value; `--batch -1` gave one, if a bad one.
  const forgotten = value === undefined || value === "" || (!inlineValue && /^-\D/.test(value));
  if (forgotten) throw new WordError(`${rawName} needs a value`);
  const choices = arg.type === "enum" ? (arg.options ?? []) : [];
  if (choices.length > 0 && !choices.includes(value))
    throw new WordError(`${rawName} "${value}": say ${choices.join(" or ")}`);
  return `${rawName}=${value}`;
}

function withoutValue({ rawName, value }: OptionToken): string {
  if (value !== undefined) throw new WordError(`${rawName} takes no value, found "${value}"`);
  return rawName;
}

function nodeType({ type }: ArgDef): "boolean" | "string" {
  return type === "boolean" ? "boolean" : "string";
}

function unknownOption(command: string, word: string, names: string[]): WordError {
  const near = nearest(word.replace(/^-+/, ""), names);
  return new WordError(`unknown option ${word}: ${near ? `did you mean --${near}?` : seeHelp(command)}`);
}

function seeHelp(command: string): string {
  return `see ${["bench", command, "--help"].filter(Boolean).join(" ")}`;
}

/** The candidate that differs from `word` by a slip of the hand; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .toSorted((a, b) => a.far - b.far);
  // Two swapped letters are two changes; but a word of which nothing is left is another word.
  const slip = best && best.far < word.length && best.far <= Math.max(2, Math.floor(word.length / 3));
  return slip ? best.candidate : undefined;
}

/** A whole number from `--name`; undefined when the option is not there. @throws {WordError} */
export function wholeNumber(
  name: string,
  word: string | undefined,
  { from, to }: { from: number; to: number },
): number | undefined {
  if (word === undefined) return undefined;
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new WordError(`--${name} "${word}": say a whole number from ${from} to ${to}`);
}

/** The words of `train,infer`; undefined when the option is not there. */
export function list(word: string | undefined): string[] | undefined {
  return word?.split(",").map((part) => part.trim());
}

/** The numbers of `0.5,12`. @throws {WordError} */
export function numbers(name: string, word: string): number[] {
  return word.split(",").map((part) => {
    const value = part.trim() === "" ? Number.NaN : Number(part);
    if (Number.isFinite(value)) return value;
    throw new WordError(`--${name} "${word}": "${part}" is no number`);
  });
}

/** The numbers by name of `focus=0.5,0.2,aperture=0.8`: a part with "=" begins the next name. @throws {WordError} */
export function namedNumbers(name: string, word: string): Record<string, number[]> {
  const found = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const part of word.split(",")) {
    const [before, after] = part.includes("=") ? part.split("=", 2) : [undefined, part];
    if (before !== undefined) {
      if (found.has(before.trim())) throw new WordError(`--${name} "${word}": ${before.trim()} is there twice`);
      found.set(before.trim(), (values = []));
    }
    if (!values) throw new WordError(`--${name} "${word}": say name=number, more numbers behind commas`);
    values.push(after!);
  }
  return Object.fromEntries([...found].map(([key, parts]) => [key, numbers(name, parts.join(","))]));
}
