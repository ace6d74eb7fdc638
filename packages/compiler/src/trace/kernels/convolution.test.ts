import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { expectSame, expectSameWithGradient, expectTrueGradient, numbers } from "../../../test/expect-same.ts";

type Pad = "same" | "valid" | number | [[number, number], [number, number], [number, number], [number, number]];
const uneven: Pad = [
  [0, 0],
  [2, 0],
  [1, 3],
  [0, 0],
];

const cases: { x: number[]; filter: [number, number, number, number]; strides: number | [number, number]; pad: Pad }[] =
  [
    { x: [1, 5, 5, 1], filter: [3, 3, 1, 1], strides: 1, pad: "valid" },
    { x: [2, 7, 6, 3], filter: [3, 3, 3, 4], strides: 1, pad: "same" },
    { x: [2, 7, 6, 3], filter: [3, 3, 3, 4], strides: 2, pad: "same" },
    { x: [1, 8, 9, 2], filter: [4, 4, 2, 3], strides: 2, pad: 1 },
    { x: [1, 8, 9, 2], filter: [4, 4, 2, 3], strides: 2, pad: 2 },
    { x: [1, 7, 9, 2], filter: [1, 1, 2, 3], strides: 2, pad: "valid" },
    { x: [2, 8, 8, 3], filter: [4, 4, 3, 5], strides: 4, pad: "valid" },
    { x: [1, 6, 7, 2], filter: [3, 2, 2, 2], strides: [2, 3], pad: uneven },
    { x: [1, 9, 9, 1], filter: [2, 2, 1, 2], strides: 3, pad: "valid" },
    { x: [1, 4, 4, 2], filter: [1, 1, 2, 2], strides: 1, pad: 1 },
    { x: [1, 1, 1, 3], filter: [1, 1, 3, 1], strides: 1, pad: "valid" },
  ];

describe("conv2d, forward and both gradients", () => {
  test.each(cases)("$x, filter $filter, strides $strides, pad $pad", async ({ x, filter, strides, pad }) => {
    await expectSameWithGradient(
      { x: numbers(x), w: numbers(filter) },
      (t) => tf.conv2d(t["x"] as tf.Tensor4D, t["w"] as tf.Tensor4D, strides, pad as "same"),
      1e-5,
    );
  });

  test("dilation, forward", async () => {
    await expectSame(
      { x: numbers([1, 9, 8, 2]), w: numbers([3, 3, 2, 2]) },
      (t) => tf.conv2d(t["x"] as tf.Tensor4D, t["w"] as tf.Tensor4D, 1, "same", "NHWC", 2),
      1e-5,
    );
  });

  test("NCHW", async () => {
    await expectSame(
      { x: numbers([1, 2, 6, 5]), w: numbers([3, 3, 2, 4]) },
      (t) => tf.conv2d(t["x"] as tf.Tensor4D, t["w"] as tf.Tensor4D, 2, 1, "NCHW"),
      1e-5,
    );
  });
});

describe("conv2dTranspose, forward and both gradients", () => {
  test.each([
    { x: [1, 4, 5, 3], filter: [3, 3, 2, 3], output: [1, 8, 10, 2], strides: 2, pad: "same" },
    { x: [2, 3, 3, 2], filter: [4, 4, 3, 2], output: [2, 8, 8, 3], strides: 2, pad: "valid" },
    { x: [1, 5, 5, 1], filter: [3, 3, 1, 1], output: [1, 5, 5, 1], strides: 1, pad: "same" },
  ] as const)("$x to $output", async ({ x, filter, output, strides, pad }) => {
    await expectSameWithGradient(
      { x: numbers([...x]), w: numbers([...filter]) },
      (t) => tf.conv2dTranspose(t["x"] as tf.Tensor4D, t["w"] as tf.Tensor4D, [...output], strides, pad),
      1e-5,
    );
  });
});

describe("depthwiseConv2d, forward and both gradients", () => {
  test.each([
    { x: [1, 6, 6, 3], filter: [3, 3, 3, 1], strides: 1, pad: "same" },
    { x: [2, 7, 6, 2], filter: [3, 3, 2, 2], strides: 2, pad: "same" },
    { x: [1, 6, 6, 3], filter: [3, 3, 3, 1], strides: 2, pad: "valid" },
  ] as const)("$x, filter $filter, strides $strides", async ({ x, filter, strides, pad }) => {
    await expectSameWithGradient(
      { x: numbers([...x]), w: numbers([...filter]) },
      (t) => tf.depthwiseConv2d(t["x"] as tf.Tensor4D, t["w"] as tf.Tensor4D, strides, pad),
      1e-5,
    );
  });
});

describe("pooling, forward and gradient", () => {
  const pools = [
    { x: [1, 6, 6, 2], size: 2, strides: 2, pad: "valid" },
    { x: [2, 7, 6, 3], size: 3, strides: 2, pad: "same" },
    { x: [1, 7, 7, 1], size: 3, strides: 1, pad: "valid" },
    { x: [1, 8, 8, 2], size: 3, strides: 2, pad: 1 },
    { x: [1, 7, 7, 2], size: 2, strides: 3, pad: "valid" },
  ] as const;

  test.each(pools)("maxPool of $x, window $size, strides $strides, pad $pad", async ({ x, size, strides, pad }) => {
    const body = (t: Record<string, tf.Tensor>): tf.Tensor => tf.maxPool(t["x"] as tf.Tensor4D, size, strides, pad);
    await expectSameWithGradient({ x: numbers([...x]) }, body, 1e-5);
  });

  test.each(pools)("avgPool of $x, window $size, strides $strides, pad $pad", async ({ x, size, strides, pad }) => {
    const body = (t: Record<string, tf.Tensor>): tf.Tensor => tf.avgPool(t["x"] as tf.Tensor4D, size, strides, pad);
    // tfjs's cpu gradient divides by the whole window where padding counts for nothing in its own forward
    // pass; the derivative of that forward pass is the oracle instead.
    if (pad === "valid") await expectSameWithGradient({ x: numbers([...x]) }, body, 1e-5);
    else await expectTrueGradient({ x: numbers([...x]) }, body, 2e-3);
  });

  test.each(["floor", "round", "ceil"] as const)("the number of windows rounded by %s", async (rounding) => {
    await expectSame({ x: numbers([1, 8, 9, 2]) }, ({ x }) => [
      tf.maxPool(x as tf.Tensor4D, 3, 4, 1, rounding),
      tf.avgPool(x as tf.Tensor4D, 3, 4, 1, rounding),
      tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 1]), 4, 1, "NHWC", 1, rounding),
    ]);
  });

  test("padding as wide as the window", async () => {
    await expectSame({ x: numbers([1, 3, 3, 1]) }, ({ x }) => {
      const pad: [number, number][] = [
        [0, 0],
        [2, 2],
        [2, 3],
        [0, 0],
      ];
      // No element at all: -Infinity in tfjs, the lowest number in onnxruntime.
      const largest = tf.maximum(tf.maxPool(x as tf.Tensor4D, 2, 1, pad as never), -1e30);
      return [largest, tf.avgPool(x as tf.Tensor4D, 2, 1, pad as never)];
    });
  });
});
