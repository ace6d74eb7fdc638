import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { booleans, expectSame, expectSameWithGradient, integers, numbers } from "../../../test/expect-same.ts";

const positive = (shape: number[]): ReturnType<typeof numbers> => numbers(shape, 0.9, 1.5);
const unit = (shape: number[]): ReturnType<typeof numbers> => numbers(shape, 0.9);

const smooth: Record<string, [(x: tf.Tensor) => tf.Tensor, (shape: number[]) => ReturnType<typeof numbers>]> = {
  abs: [tf.abs, numbers],
  acos: [tf.acos, unit],
  acosh: [tf.acosh, (shape) => numbers(shape, 0.9, 2.5)],
  asin: [tf.asin, unit],
  asinh: [tf.asinh, numbers],
  atan: [tf.atan, numbers],
  atanh: [tf.atanh, (shape) => numbers(shape, 0.8)],
  clipByValue: [(x) => tf.clipByValue(x, -0.5, 0.7), numbers],
  cos: [tf.cos, numbers],
  cosh: [tf.cosh, numbers],
  elu: [tf.elu, numbers],
  erf: [tf.erf, numbers],
  exp: [tf.exp, numbers],
  expm1: [tf.expm1, numbers],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.2), numbers],
  log: [tf.log, positive],
  log1p: [tf.log1p, positive],
  neg: [tf.neg, numbers],
  reciprocal: [tf.reciprocal, positive],
  relu: [tf.relu, numbers],
  relu6: [tf.relu6, (shape) => numbers(shape, 9)],
  rsqrt: [tf.rsqrt, positive],
  selu: [tf.selu, numbers],
  sigmoid: [tf.sigmoid, numbers],
  sin: [tf.sin, numbers],
  sinh: [tf.sinh, numbers],
  softplus: [tf.softplus, numbers],
  sqrt: [tf.sqrt, positive],
  square: [tf.square, numbers],
  tan: [tf.tan, unit],
  tanh: [tf.tanh, numbers],
  step: [(x) => tf.step(x, 0.3), numbers],
  ceil: [tf.ceil, numbers],
  floor: [tf.floor, numbers],
  round: [tf.round, numbers],
  sign: [tf.sign, numbers],
};

const shapes = [[], [1], [7], [3, 1, 5]];

describe("one operand", () => {
  test.each(Object.keys(smooth))("%s", async (name) => {
    const [body, make] = smooth[name] as (typeof smooth)[string];
    for (const shape of shapes) await expectSameWithGradient({ x: make(shape) }, ({ x }) => body(x as tf.Tensor), 2e-5);
  });

  test("isNaN, isInf, isFinite", async () => {
    const x = { shape: [4], data: Float32Array.of(NaN, Infinity, -Infinity, 2) };
    await expectSame({ x }, ({ x: t }) => [
      tf.isNaN(t as tf.Tensor),
      tf.isInf(t as tf.Tensor),
      tf.isFinite(t as tf.Tensor),
    ]);
  });

  test("whole numbers: functions of real numbers give float32, rounding leaves them", async () => {
    await expectSame({ i: integers([3, 4], 5) }, ({ i }) => [
      tf.exp(i as tf.Tensor),
      tf.leakyRelu(tf.sub(i as tf.Tensor, tf.scalar(2, "int32")), 0.1),
      tf.prelu(i as tf.Tensor, tf.scalar(0.1)),
      tf.round(i as tf.Tensor),
    ]);
  });

  test("the sign of NaN is 0", async () => {
    await expectSame({ x: { shape: [4], data: Float32Array.of(-2, 0, 3, NaN) } }, ({ x }) => tf.sign(x as tf.Tensor));
  });

  test("logicalNot", async () => {
    await expectSame({ x: booleans([3, 2]) }, ({ x }) => tf.logicalNot(x as tf.Tensor));
  });

  test("casts between all three types", async () => {
    const x = { shape: [5], data: Float32Array.of(-1.7, 0, 0.4, 1.6, 300) };
    await expectSame({ x, i: integers([4], 3), b: booleans([4]) }, ({ x: f, i, b }) => [
      tf.cast(f as tf.Tensor, "int32"),
      tf.cast(f as tf.Tensor, "bool"),
      tf.cast(i as tf.Tensor, "float32"),
      tf.cast(i as tf.Tensor, "bool"),
      tf.cast(b as tf.Tensor, "float32"),
      tf.cast(b as tf.Tensor, "int32"),
    ]);
  });
});

const pairs: [number[], number[]][] = [
  [[4], [4]],
  [[2, 3], [3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[], [2, 2]],
  [[1], [5]],
  [
    [3, 1],
    [1, 1],
  ],
];

const two: Record<
  string,
  [(a: tf.Tensor, b: tf.Tensor) => tf.Tensor, (shape: number[]) => ReturnType<typeof numbers>]
> = {
  add: [tf.add, numbers],
  sub: [tf.sub, numbers],
  mul: [tf.mul, numbers],
  div: [tf.div, positive],
  maximum: [tf.maximum, numbers],
  minimum: [tf.minimum, numbers],
  pow: [tf.pow, positive],
  squaredDifference: [tf.squaredDifference, numbers],
  prelu: [tf.prelu, numbers],
};

/** tfjs does not sum these ops' gradients over broadcast axes: its own oracle is missing there. */
const tfjsGradientNeedsEqualShapes = new Set(["maximum", "minimum", "squaredDifference", "prelu"]);

describe("two operands, broadcast", () => {
  test.each(Object.keys(two))("%s", async (name) => {
    const [body, make] = two[name] as (typeof two)[string];
    for (const [a, b] of pairs) {
      const given = { a: make(a), b: { ...make(b), data: make(b).data.map((v) => v * 0.7 + 0.1) } };
      const run = (t: Record<string, tf.Tensor>): tf.Tensor => body(t["a"] as tf.Tensor, t["b"] as tf.Tensor);
      if (a.join() !== b.join() && tfjsGradientNeedsEqualShapes.has(name)) await expectSame(given, run, 1e-5);
      else await expectSameWithGradient(given, run, 1e-5);
    }
  });

  test.each(["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"] as const)("%s", async (name) => {
    for (const [a, b] of pairs) {
      await expectSame({ a: numbers(a), b: numbers(b) }, (t) => tf[name](t["a"] as tf.Tensor, t["b"] as tf.Tensor));
      await expectSame({ a: integers(a, 3), b: integers(b, 3) }, (t) =>
        tf[name](t["a"] as tf.Tensor, t["b"] as tf.Tensor),
      );
    }
  });

  test.each(["logicalAnd", "logicalOr"] as const)("%s", async (name) => {
    for (const [a, b] of pairs)
      await expectSame({ a: booleans(a), b: booleans(b) }, (t) => tf[name](t["a"] as tf.Tensor, t["b"] as tf.Tensor));
  });

  test("mod and floorDiv keep the divisor's sign", async () => {
    const a = { shape: [8], dtype: "int32" as const, data: Int32Array.of(7, -7, 7, -7, 6, -6, 0, 5) };
    const b = { shape: [8], dtype: "int32" as const, data: Int32Array.of(3, 3, -3, -3, 3, 3, 2, -5) };
    await expectSame({ a, b }, (t) => [
      tf.mod(t["a"] as tf.Tensor, t["b"] as tf.Tensor),
      tf.floorDiv(t["a"] as tf.Tensor, t["b"] as tf.Tensor),
    ]);
    const floats = { shape: [4], data: Float32Array.of(7.5, -7.5, 7.5, -7.5) };
    const divisors = { shape: [4], data: Float32Array.of(2, 2, -2, -2) };
    await expectSame({ a: floats, b: divisors }, (t) => [
      tf.mod(t["a"] as tf.Tensor, t["b"] as tf.Tensor),
      tf.floorDiv(t["a"] as tf.Tensor, t["b"] as tf.Tensor),
    ]);
  });

  test("where", async () => {
    await expectSameWithGradient({ c: booleans([3, 4]), a: numbers([3, 4]), b: numbers([3, 4]) }, (t) =>
      tf.where(t["c"] as tf.Tensor, t["a"] as tf.Tensor, t["b"] as tf.Tensor),
    );
  });

  test("addN", async () => {
    await expectSameWithGradient({ a: numbers([3, 2]), b: numbers([3, 2]), c: numbers([3, 2]) }, (t) =>
      tf.addN(Object.values(t)),
    );
  });
});
