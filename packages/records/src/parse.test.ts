import { expect, test } from "vitest";
import { asRunFile } from "./form.ts";
import { formatRunFile } from "./format.ts";
import { parseRunFile } from "./parse.ts";
import { RecordError } from "./problem.ts";
import { exampleRunFile } from "./testing.ts";

const good = await exampleRunFile();
const text = formatRunFile(asRunFile(good, "a.json"));

const refusal = (content: string | Uint8Array): RecordError => {
  try {
    parseRunFile(content, "a.json");
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
  throw new Error("the content was taken");
};

test("what is written is read again, from text and from bytes, in any layout", () => {
  expect(parseRunFile(text, "a.json")).toEqual(good);
  expect(parseRunFile(new TextEncoder().encode(text), "a.json")).toEqual(good);
  expect(parseRunFile(JSON.stringify(good), "a.json")).toEqual(good);
});

test("equal records have equal text, in whatever order their fields were set", () => {
  const reversed = Object.fromEntries(Object.entries(good).toReversed());
  expect(formatRunFile(parseRunFile(JSON.stringify(reversed), "a.json"))).toBe(text);
  expect(text).toContain('\n          "samplesMs": [121.0098, 121.0781, ');
});

test.each([
  [
    '"stepsPerSample": 1',
    '"stepsPerSample": 0',
    /^a\.json: cases\[0\]\.launches\[0\]\.stepsPerSample: Too small: .*, found 0/,
  ],
  ["121.0098", '"fast"', 'a.json: cases[0].launches[0].samplesMs[0]: expected number, found "fast"'],
  ["121.0098", "1e999", "a.json: cases[0].launches[0].samplesMs[0]: expected number, found Infinity"],
  ['"node": "24.21.0"', '"hostname": "x"', "a.json: host.node: expected string, found nothing (and 1 more)"],
  ['"mode": "ranked"', '"mode": "best"', /^a\.json: mode: Invalid option: .*"sustained", found "best"$/],
  ['"seed": 42', '"seed": 42, "seed": 42', "a.json: seed: the field is given twice"],
  ['"seed": 42', '"s\\u0065ed": 1, "seed": 42', "a.json: seed: the field is given twice"],
  ['"seed": 42', '"__proto__": {"seed": 1}, "seed": 42', "a.json: __proto__: a field of this name is refused"],
  ['"placement": {', '"placement": {"__proto__": 1, ', /^a\.json: cases\[0\]\.launches\[0\]\.placement\.__proto__: /],
  ['"schemaVersion": 2', '"schemaVersion": 3', /^a\.json: schemaVersion: .*reads version 2, the file has 3: use/],
  [
    '"schemaVersion": 2',
    '"schemaVersion": 1',
    /^a\.json: schemaVersion: .* the file has 1: bench migrate rewrites it$/,
  ],
  ['"seed": 42', '"a b": 1, "seed": 42', 'a.json: ["a b"]: unknown field'],
  [
    "AMD EPYC 7543",
    "<img src=x onerror=alert(1)>",
    /^a\.json: host\.cpu\.name: .*expected a name without markup, found "<img/,
  ],
  ["AMD EPYC 7543", "AMD\\u202eEPYC", /^a\.json: host\.cpu\.name: .*without control or invisible characters/],
  ["AMD EPYC 7543", "AMD\\ud800", /^a\.json: host\.cpu\.name: .*without control or invisible characters/],
])("%s → %s", (from, to, message) => {
  expect(text).toContain(from);
  const error = refusal(text.replace(from, to));
  expect(error.message).toMatch(message);
  expect(error.file).toBe("a.json");
});

test("keys that repeat in different objects or look like one inside a text are no repeats", () => {
  const innocent = text.replace("Debian GNU/Linux 12", 'a \\"seed\\": {[,]} \\\\');
  expect(parseRunFile(innocent, "a.json").host.osVersion).toBe('a "seed": {[,]} \\');
});

test("depth, size, encoding and syntax are refused, and never by a stack overflow", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  expect(refusal(deep).message).toMatch(/^a\.json: \[0\](\[0\])+…?.*: nested deeper than 32 levels$/);
  expect(refusal(`${text}${" ".repeat(256_000)}`).message).toMatch(
    /^a\.json: expected at most 256000 bytes, found 2\d+$/,
  );
  expect(refusal("é".repeat(200_000)).message).toBe("a.json: expected at most 256000 bytes, found 400000");
  expect(refusal(new Uint8Array(100_000_000)).message).toMatch(
    /^a\.json: expected at most 256000 bytes, found 100000000$/,
  );
  expect(refusal(Uint8Array.of(0x22, 0xff, 0x22)).message).toBe("a.json: expected UTF-8 text, found other bytes");
  expect(refusal(text.replace('"seed": 42', '"seed": 42,,')).message).toMatch(
    /^a\.json: expected JSON: .*line \d+ column \d+/,
  );
  expect(refusal("").message).toMatch(/^a\.json: expected JSON: /);
  expect(refusal("null").message).toBe("a.json: expected object, found null");
});

test("messages are capped in length and number, and cannot move a cursor", () => {
  const wrong = JSON.stringify({
    ...good,
    ["\u009b2J".padEnd(5000, "x")]: 1,
    id: "y".repeat(5000),
    cases: Array(400).fill(0),
  });
  const error = refusal(wrong);
  expect(error.problems).toHaveLength(10);
  expect(error.message).toMatch(/\(and 40\d more\)$/);
  for (const { path, message } of error.problems) {
    expect(path.length).toBeLessThanOrEqual(200);
    expect(message.length).toBeLessThanOrEqual(300);
    expect(path + message).not.toMatch(/\p{C}/u);
  }
});
