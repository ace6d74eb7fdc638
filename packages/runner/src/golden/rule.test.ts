import { Random } from "@epochmark/plugin-kit";
import { expect, it } from "vitest";
import { makeInput, makeWeight } from "./rule.ts";

// The test vectors that the rule of the golden files publishes.
it.each([
  ["input", [4283825084, 4203364717, 3206790154, 3288840684]],
  ["pos_embed", [3794632138, 3669540406, 1055231673, 1647911799]],
])("draws the published stream of %s", (name, expected) => {
  const random = new Random(1, name);
  expect(expected.map(() => random.uint32())).toEqual(expected);
});

it.each([
  ["blocks.0.attn.qkv.weight", [576, 192], "matrix", [0.0696003586, -0.0597151667, 0.108811527]],
  ["norm.weight", [192], "norm-scale", [1.03003573, 1.02607095, 1.05886602]],
  ["pos_embed", [1, 197, 192], "table", [0.0767013282, 0.0708762929, -0.0508619472]],
] as const)("makes the published values of %s", (name, shape, kind, expected) => {
  const weight = makeWeight(1, name, shape, kind);
  expect(weight.length).toBe(shape.reduce((all: number, n) => all * n, 1));
  expect([...weight.subarray(0, 3)]).toEqual(expected.map(Math.fround));
});

it("makes the published inputs", () => {
  const image = makeInput(1, ["input", [2, 3, 224, 224], "image"]);
  expect([...image.subarray(0, 3)]).toEqual([0.994811475, 0.957344234, 0.493278027].map(Math.fround));
  expect(makeInput(1, ["batch.labels", [3], "label:1000"])).toEqual(Int32Array.of(302, 323, 504));
});

it("takes literals as they are, in row-major order", () => {
  expect(
    makeInput(1, [
      "boxes",
      [2, 2],
      {
        literal: [
          [1, 2.5],
          [3, 4],
        ],
      },
    ]),
  ).toEqual(Float32Array.of(1, 2.5, 3, 4));
});

it("scales a transposed convolution by its input channels and kernel, and keeps counters at zero", () => {
  const [first = 0] = makeWeight(1, "up.weight", [8, 4, 3, 3], "transposed-conv");
  const v = 2 * (new Random(1, "up.weight").uint32() / 4294967296) - 1;
  expect(first).toBe(Math.fround(v * Math.sqrt(3 / 72)));
  expect(makeWeight(1, "bn.num_batches_tracked", [], "counter")).toEqual(Float32Array.of(0));
  const variances = makeWeight(1, "bn.running_var", [64], "running-var");
  expect(Math.min(...variances)).toBeGreaterThanOrEqual(1);
});
