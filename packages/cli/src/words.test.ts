import type { ArgsDef } from "citty";
import { describe, expect, it } from "vitest";
import { checkedWords, list, namedNumbers, nearest, numbers, wholeNumber } from "./words.ts";

const args = {
  MODELS: { type: "positional", required: false },
  batch: { type: "string" },
  mode: { type: "enum", options: ["fast", "ranked"] },
  fast: { type: "boolean" },
  json: { type: "boolean" },
} satisfies ArgsDef;
const check = (words: string[]) => checkedWords("run", words, args);

describe("words after a command", () => {
  it("come out in one form, options first", () => {
    expect(check(["vit", "--batch", "8", "--fast", "deepvit"])).toEqual([
      "--batch=8",
      "--fast",
      "--",
      "vit",
      "deepvit",
    ]);
    expect(check(["--batch=8"])).toEqual(["--batch=8", "--"]);
    expect(check(["--batch", "-1"])).toEqual(["--batch=-1", "--"]);
    expect(check(["--", "--fast"])).toEqual(["--", "--fast"]);
  });

  it.each([
    [["--bach", "8"], "unknown option --bach: did you mean --batch?"],
    [["--zzz"], "unknown option --zzz: see bench run --help"],
    [["--no-fast"], "unknown option --no-fast: see bench run --help"],
    [["--__proto__"], "unknown option --__proto__: see bench run --help"],
    [["-b", "8"], "unknown option -b: see bench run --help"],
    [["--batch"], "--batch needs a value"],
    [["--batch", ""], "--batch needs a value"],
    [["--batch", "--fast"], "--batch needs a value"],
    [["--mode", "slow"], '--mode "slow": say fast or ranked'],
    [["--fast=no"], '--fast takes no value, found "no"'],
    [["--batch", "1", "--batch", "2"], "--batch is given twice: give it once"],
  ])("%j is refused", (words, message) => {
    expect(() => check(words)).toThrow(message);
  });

  it("must be there where they are required, and nowhere else", () => {
    expect(() => checkedWords("golden", [], { FILE: { type: "positional" } })).toThrow("FILE is missing");
    expect(() => checkedWords("eval", [], { weights: { type: "string", required: true } })).toThrow(
      "--weights is missing: see bench eval --help",
    );
    expect(() => checkedWords("", ["x"], {})).toThrow('unexpected word "x": see bench --help');
  });
});

it("guesses a slip of the hand, not another word", () => {
  expect(nearest("valdate", ["validate", "list"])).toBe("validate");
  expect(nearest("rnu", ["validate", "run"])).toBe("run");
  expect(nearest("zz", ["run"])).toBeUndefined();
  expect(nearest("frobnicate", ["validate", "list"])).toBeUndefined();
});

it("reads whole numbers within bounds", () => {
  const bounds = { from: 1, to: 64 };
  expect(wholeNumber("batch", "8", bounds)).toBe(8);
  expect(wholeNumber("batch", undefined, bounds)).toBeUndefined();
  for (const word of ["0", "65", "-1", "1.5", "8x", "1e3", "", "Infinity"])
    expect(() => wholeNumber("batch", word, bounds)).toThrow(`--batch "${word}": say a whole number from 1 to 64`);
});

it("reads words divided by commas", () => {
  expect(list("train, infer")).toEqual(["train", "infer"]);
  expect(list(undefined)).toBeUndefined();
});

describe("numbers by name", () => {
  it("begin with each equals sign", () => {
    expect(namedNumbers("options", "focus=0.5,0.2,aperture=.8")).toEqual({ focus: [0.5, 0.2], aperture: [0.8] });
    expect(namedNumbers("options", "search=280")).toEqual({ search: [280] });
    expect(numbers("box", "1, 2.5")).toEqual([1, 2.5]);
  });

  it.each([
    ["0.5", /say name=number/],
    ["a=", /"" is no number/],
    ["a=1,a=2", /a is there twice/],
    ["a=1,,2", /"" is no number/],
    ["a=0x", /"0x" is no number/],
  ])("are refused in %s", (word, message) => expect(() => namedNumbers("options", word)).toThrow(message));
});
