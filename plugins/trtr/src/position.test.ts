import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sinePositions } from "./position.ts";

const golden = JSON.parse(readFileSync(new URL("../goldens/trtr_127_255.json", import.meta.url), "utf8"));

it.each(["template", "search"])("gives the official code's numbers for the %s", (name) => {
  const { shape, indices, values } = golden.eval.intermediates[`${name}.position`];
  const [, dim, rows, columns] = shape;
  const code = sinePositions(rows, columns, dim);
  const errors = indices.map((index: number, k: number) => {
    const [channel, cell] = [Math.floor(index / (rows * columns)), index % (rows * columns)];
    return Math.abs(code[cell * dim + channel]! - values[k]);
  });
  expect(Math.max(...errors)).toBeLessThan(1e-6);
});

it("codes y before x", () => {
  const code = sinePositions(2, 3, 8);
  const cell = (row: number, column: number) =>
    Array.from(code.subarray((row * 3 + column) * 8, (row * 3 + column + 1) * 8));
  expect(cell(0, 0).slice(0, 4)).toEqual(cell(0, 2).slice(0, 4));
  expect(cell(0, 0).slice(4)).toEqual(cell(1, 0).slice(4));
  expect(cell(0, 0).slice(0, 4)).not.toEqual(cell(1, 0).slice(0, 4));
});
