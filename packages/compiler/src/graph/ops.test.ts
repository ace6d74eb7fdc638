import type { DType } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { type Attributes, newValue } from "./graph.ts";
import { type OpName, ops } from "./ops.ts";

const infer = (op: OpName, shapes: number[][], attributes: Attributes = {}, dtypes: DType[] = []): unknown =>
  ops[op].infer(
    shapes.map((shape, i) => newValue(shape, dtypes[i] ?? "float32")),
    attributes,
  );
const shapeOf = (...given: Parameters<typeof infer>): readonly number[] =>
  (infer(...given) as { shape: readonly number[] }).shape;

describe("broadcasting", () => {
  test.each([
    [[2, 3], [3], [2, 3]],
    [
      [2, 1],
      [1, 4],
      [2, 4],
    ],
    [[], [5], [5]],
    [
      [4, 1, 3],
      [2, 1],
      [4, 2, 3],
    ],
    [
      [0, 1],
      [1, 3],
      [0, 3],
    ],
  ])("[%j] and [%j] give [%j]", (a, b, expected) => expect(shapeOf("Add", [a, b])).toEqual(expected));

  test("refuses sizes that differ and are not 1", () => {
    expect(() => infer("Add", [[2, 3], [2]])).toThrow("shapes [2,3] and [2] do not broadcast");
    expect(() => infer("Where", [[2], [3], []], {}, ["bool"])).toThrow("shapes [2] and [3] and [] do not broadcast");
    expect(() => infer("Mul", [[0], [3]])).toThrow("do not broadcast");
  });

  test("refuses operands of different types, and a condition that is none", () => {
    expect(() => infer("Add", [[2], [2]], {}, ["float32", "int32"])).toThrow("operands differ in type");
    expect(() => infer("Where", [[2], [2], [2]])).toThrow("condition should be bool, found float32");
    expect(() => infer("Where", [[2], [2], [2]], {}, ["bool", "float32", "int32"])).toThrow("branches differ in type");
  });

  test("comparisons give bool", () => expect(infer("Less", [[2], [1]])).toEqual({ shape: [2], dtype: "bool" }));
});

describe("slices", () => {
  const slice = (n: number, start: number, end: number, step: number): readonly number[] =>
    shapeOf("Slice", [[n]], { starts: [start], ends: [end], steps: [step] });

  test.each([
    [5, 1, 4, 1, 3],
    [5, 0, 5, 2, 3],
    [5, 1, 5, 2, 2],
    [5, 3, 3, 1, 0],
    [5, 4, 2, 1, 0],
    // whole axis in reverse: -n-1 stands for "past the first element"
    [5, 4, -6, -1, 5],
    [5, 4, 0, -1, 4],
    [5, 4, -6, -2, 3],
    [6, 5, -7, -2, 3],
    [5, 3, 1, -1, 2],
    [5, 1, 3, -1, 0],
    [1, 0, -2, -1, 1],
  ])("of %i from %i to %i by %i hold %i", (n, start, end, step, expected) =>
    expect(slice(n, start, end, step)).toEqual([expected]),
  );

  test("need bounds for every axis", () =>
    expect(() => infer("Slice", [[2, 3]], { starts: [0], ends: [2], steps: [1] })).toThrow("[0] has no axis 1"));
});

describe("products", () => {
  test.each([
    [[2, 3], [3, 4], false, false, [2, 4]],
    [[3, 2], [3, 4], true, false, [2, 4]],
    [[2, 3], [4, 3], false, true, [2, 4]],
    [[5, 3, 2], [4, 3], true, true, [5, 2, 4]],
    [[5, 1, 2, 3], [6, 3, 4], false, false, [5, 6, 2, 4]],
  ])("%j x %j, transposed %s %s", (a, b, transposeA, transposeB, expected) =>
    expect(shapeOf("MatMul", [a, b], { transposeA, transposeB })).toEqual(expected),
  );

  test("refuse inner sizes and batches that do not fit", () => {
    expect(() =>
      infer("MatMul", [
        [2, 3],
        [4, 5],
      ]),
    ).toThrow("inner sizes of [2,3] and [4,5] differ");
    expect(() =>
      infer("MatMul", [
        [2, 2, 3],
        [3, 3, 5],
      ]),
    ).toThrow("do not broadcast");
  });

  test("Gemm takes a row and nothing that widens the product", () => {
    expect(shapeOf("Gemm", [[2, 3], [3, 4], [4]])).toEqual([2, 4]);
    expect(() => infer("Gemm", [[2, 3], [3, 4], [5]])).toThrow("do not broadcast");
    expect(() =>
      infer("Gemm", [
        [2, 3],
        [3, 4],
        [6, 1, 4],
      ]),
    ).toThrow("cannot be added to a product [2,4]");
  });
});

describe("convolutions", () => {
  const geometry = { strides: [2, 1], pads: [1, 0, 0, 2], dilations: [1, 2], group: 2 };
  // floor((8 + 1 + 0 - 3) / 2) + 1 by floor((7 + 0 + 2 - 5) / 1) + 1
  test("give what their windows fit", () =>
    expect(
      shapeOf(
        "Conv",
        [
          [1, 4, 8, 7],
          [6, 2, 3, 3],
        ],
        geometry,
      ),
    ).toEqual([1, 6, 4, 5]));
  test("refuse other channels", () =>
    expect(() =>
      infer(
        "Conv",
        [
          [1, 4, 8, 7],
          [6, 4, 3, 3],
        ],
        geometry,
      ),
    ).toThrow("differ in channels"));
  test("pools keep channels", () =>
    expect(shapeOf("MaxPool", [[2, 3, 7, 7]], { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 0, 0] })).toEqual([
      2, 3, 3, 3,
    ]));
});

describe("shapes", () => {
  test("reductions keep or drop axes", () => {
    expect(shapeOf("ReduceSum", [[2, 3, 4]], { axes: [0, 2], keepdims: true })).toEqual([1, 3, 1]);
    expect(shapeOf("ReduceSum", [[2, 3, 4]], { axes: [0, 2], keepdims: false })).toEqual([3]);
    expect(() => infer("ReduceSum", [[2]], { axes: [1], keepdims: false })).toThrow("[2] has no axis 1");
    expect(infer("ArgMax", [[2, 3]], { axis: 1 })).toEqual({ shape: [2], dtype: "int32" });
  });

  test("Reshape, Transpose, Expand, Concat, Pad, Tile, Gather", () => {
    expect(() => infer("Reshape", [[2, 3]], { shape: [5] })).toThrow("cannot reshape [2,3] to [5]");
    expect(shapeOf("Transpose", [[2, 3, 4]], { perm: [2, 0, 1] })).toEqual([4, 2, 3]);
    expect(() => infer("Transpose", [[2, 3]], { perm: [0, 0] })).toThrow("perm [0,0] does not fit [2,3]");
    expect(() => infer("Transpose", [[2, 3]], { perm: [0] })).toThrow("perm [0] does not fit [2,3]");
    expect(() => infer("Expand", [[2, 3]], { shape: [4, 3] })).toThrow("do not broadcast");
    expect(
      shapeOf(
        "Concat",
        [
          [2, 3],
          [2, 5],
        ],
        { axis: 1 },
      ),
    ).toEqual([2, 8]);
    expect(() =>
      infer(
        "Concat",
        [
          [2, 3],
          [3, 5],
        ],
        { axis: 1 },
      ),
    ).toThrow("cannot join [3,5] to [2,3] along 1");
    expect(() => infer("Concat", [[2, 3], [2]], { axis: 0 })).toThrow("cannot join [2] to [2,3] along 0");
    expect(shapeOf("Pad", [[2, 3]], { pads: [1, 0, 0, 2], mode: "constant", value: 0 })).toEqual([3, 5]);
    expect(shapeOf("Tile", [[2, 3]], { repeats: [2, 1] })).toEqual([4, 3]);
    expect(
      shapeOf(
        "Gather",
        [
          [5, 3],
          [2, 2],
        ],
        { axis: 0 },
        ["float32", "int32"],
      ),
    ).toEqual([2, 2, 3]);
    expect(
      shapeOf(
        "GatherND",
        [
          [5, 3, 4],
          [7, 2],
        ],
        {},
        ["float32", "int32"],
      ),
    ).toEqual([7, 4]);
  });

  test("attributes of the wrong kind are named", () => {
    expect(() => infer("Reshape", [[2]])).toThrow('attribute "shape" should be a list of numbers, found undefined');
    expect(() => infer("Concat", [[2]])).toThrow('attribute "axis" should be a number, found undefined');
  });
});
