// Records damaged in one place each, for the test of 2,000 and the command of 10,000.
import type { RunFile } from "@epochmark/schema";
import { asRunFile } from "../src/form.ts";
import { formatRunFile } from "../src/format.ts";
import { parseRunFile } from "../src/parse.ts";
import { RecordError } from "../src/problem.ts";
import { exampleRunFile } from "../src/testing.ts";
import { validateRunFile } from "../src/validate.ts";

type Random = (below: number) => number;
type Holder = Record<string | number, unknown>;
/** A record damaged in one place; `refused` when no parser may take it. */
export type Mutant = { content: string | Uint8Array; refused: boolean };

const good = asRunFile(await exampleRunFile(), "good.json");
const goodText = formatRunFile(good);
const goodJson = JSON.stringify(good);
const encoder = new TextEncoder();

/** Text that stands for itself in the JSON, so that a mutant can hold what `JSON.stringify` never writes. */
const raw = (json: string): string => `@raw ${json} raw@`;
const toText = (value: unknown): string =>
  JSON.stringify(value).replace(/"@raw (.*?) raw@"/g, (_, json: string) => JSON.parse(`"${json}"`) as string);

const holders = (value: unknown): Holder[] =>
  typeof value === "object" && value !== null
    ? [value as Holder, ...Object.values(value).flatMap((member) => holders(member))]
    : [];

const pick = <T>(from: readonly T[], random: Random): T => from[random(from.length)]!;

/** Damages one member somewhere in the record. */
const inTree =
  (refused: boolean, damage: (holder: Holder, key: string, random: Random) => void, kind?: "object" | "array") =>
  (random: Random): Mutant => {
    const copy = JSON.parse(goodJson) as RunFile;
    const fitting = holders(copy).filter(
      (holder) =>
        Object.keys(holder).length > 0 && (kind === undefined || Array.isArray(holder) === (kind === "array")),
    );
    const holder = pick(fitting, random);
    damage(holder, pick(Object.keys(holder), random), random);
    return { content: toText(copy), refused };
  };

const inText =
  (damage: (text: string, random: Random) => string | Uint8Array) =>
  (random: Random): Mutant => ({ content: damage(goodText, random), refused: true });

const replaceWith = (refused: boolean, ...values: unknown[]) =>
  inTree(refused, (holder, key, random) => {
    holder[key] = pick(values, random);
  });

const isInPlacement = (holder: Holder): boolean => "CUDAExecutionProvider" in holder;

const mutations: Record<string, (random: Random) => Mutant> = {
  "field dropped": inTree(
    true,
    (holder, key) => {
      // A placement without providers has the right form; it must be caught as a changed content.
      if (isInPlacement(holder)) holder[key] = null;
      else delete holder[key];
    },
    "object",
  ),
  "element dropped": inTree(
    false,
    (holder, key) => void (holder as unknown as unknown[]).splice(Number(key), 1),
    "array",
  ),
  "field added": inTree(true, (holder) => void (holder["not a field"] = isInPlacement(holder) ? -1 : 1), "object"),
  "type changed": replaceWith(true, { a: [] }, [[]], [true, {}]),
  "null, truth or words": replaceWith(false, null, true, "12", 0, ""),
  "huge number": replaceWith(false, 1e308, -1e308, Number.MAX_SAFE_INTEGER, 5e-324, -1),
  "no number": replaceWith(true, raw("1e999"), raw("-1e400"), raw("NaN"), raw("Infinity"), raw("0x10")),
  markup: replaceWith(false, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)"),
  "control characters": replaceWith(true, "a\u0000b", "a\u202eb", "\ud800", "a\nb"),
  "private path": replaceWith(false, "/home/ada/x", "C:\\Users\\ada"),
  "long text": replaceWith(true, "x".repeat(600), "x".repeat(100_000)),
  "deep nesting": replaceWith(
    true,
    raw(`${"[".repeat(5000)}${"]".repeat(5000)}`),
    raw(`{'a':`.repeat(3000).replaceAll("'", '\\"') + "1" + "}".repeat(3000)),
  ),
  "repeated field": inTree(
    true,
    (holder, key) => {
      const name = JSON.stringify(JSON.stringify(key)).slice(1, -1);
      holder[`${key} `] = raw(`0, ${name}: 0`);
    },
    "object",
  ),
  prototype: inTree(true, (holder, key) => void (holder[key] = raw('{\\"__proto__\\": {\\"a\\": 1}}'))),
  "text cut": inText((text, random) => text.slice(0, random(text.length - 2))),
  "byte order mark": inText((text) => `\ufeff${text}`),
  "invalid UTF-8": inText((text, random) => {
    const bytes = encoder.encode(text);
    bytes[random(bytes.length)] = pick([0x80, 0xc0, 0xff, 0xed], random);
    return bytes;
  }),
  "too many bytes": inText((text, random) => text + " ".repeat(256_000 + random(10))),
};

/** The mutants of a seed, kinds in turn. */
export function* mutants(count: number, seed: number): Generator<Mutant & { kind: string }> {
  const random = seeded(seed);
  const kinds = Object.keys(mutations);
  for (let i = 0; i < count; i += 1) {
    const kind = kinds[i % kinds.length]!;
    yield { kind, ...mutations[kind]!(random) };
  }
}

/** What became of a mutant: refused when it was read, found untrue, or no different from the good record. */
export type Fate = "refused" | "untrue" | "equal";

/**
 * Reads a mutant as `read` does and says what became of it.
 * @throws an error that says what should not have been: it was taken, refused without file and place, or something else broke
 */
export const fateOf = async (
  { kind, refused }: Mutant & { kind: string },
  name: string,
  read: Reader,
): Promise<Fate> => {
  const wrong = (what: string): Error => new Error(`${name} (${kind}): ${what}`);
  try {
    const file = await read();
    if (refused) throw wrong("was taken");
    if (JSON.stringify(file) === goodJson) return "equal";
    const { problems } = await validateRunFile(file);
    if (!problems.some(({ path }) => path === "contentHash")) throw wrong("its content hash was not held against it");
    return "untrue";
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    if (!error.message.startsWith(`${name}: `)) throw wrong(`is not named in: ${error.message}`);
    if (error.message.length > 540 + name.length) throw wrong("has a message without end");
    if (error.problems.length === 0) throw wrong("is refused without a reason");
    return "refused";
  }
};

type Reader = () => ReturnType<typeof parseRunFile> | Promise<ReturnType<typeof parseRunFile>>;

/** A small seeded generator, so that a failure comes again. */
const seeded = (seed: number): Random => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};
