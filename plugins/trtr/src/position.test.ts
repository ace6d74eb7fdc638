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

it("counts only cells inside, along their own column and row", () => {
  const [rows, columns, dim] = [3, 4, 8];
  // The first column and the last row lie outside.
  const code = sinePositions(rows, columns, dim, (row, column) => row < 2 && column > 0);
  const whole = sinePositions(2, 3, dim);
  const half = (of: Float32Array, cell: number, which: 0 | 1) =>
    Array.from(of.subarray(cell * dim + which * 4, cell * dim + which * 4 + 4));
  const at = (row: number, column: number) => row * columns + column;
  for (const [row, column] of [
    [0, 1],
    [1, 2],
    [1, 3],
  ] as const)
    for (const which of [0, 1] as const)
      expect(half(code, at(row, column), which)).toEqual(half(whole, row * 3 + column - 1, which));
  const zero = [0, 1, 0, 1];
  // Nothing counted yet: 0. All counted: as the last one. Nothing to count at all: 0.
  expect(half(code, at(1, 0), 1)).toEqual(zero);
  expect(half(code, at(2, 2), 0)).toEqual(half(code, at(1, 2), 0));
  expect([half(code, at(1, 0), 0), half(code, at(2, 2), 1)]).toEqual([zero, zero]);
});

it("codes y before x", () => {
  const code = sinePositions(2, 3, 8);
  const cell = (row: number, column: number) =>
    Array.from(code.subarray((row * 3 + column) * 8, (row * 3 + column + 1) * 8));
  expect(cell(0, 0).slice(0, 4)).toEqual(cell(0, 2).slice(0, 4));
  expect(cell(0, 0).slice(4)).toEqual(cell(1, 0).slice(4));
  expect(cell(0, 0).slice(0, 4)).not.toEqual(cell(1, 0).slice(0, 4));
});
