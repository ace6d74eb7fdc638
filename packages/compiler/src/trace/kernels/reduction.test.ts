import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { booleans, expectSame, expectSameWithGradient, integers, numbers } from "../../../test/expect-same.ts";

const axes: (number | number[] | undefined)[] = [undefined, 0, 1, -1, [0, 2], [0, 1, 2]];
const shapes = [
  [2, 3, 4],
  [1, 3, 1],
];

describe("reductions", () => {
  test.each(["sum", "mean", "max", "min"] as const)("%s", async (name) => {
    for (const shape of shapes)
      for (const axis of axes)
        for (const keepDims of [false, true])
          await expectSameWithGradient(
            { x: numbers(shape) },
            ({ x }) => tf[name](x as tf.Tensor, axis, keepDims),
            1e-5,
          );
  });

  test("prod", async () => {
    for (const axis of [0, 1, undefined])
      await expectSame({ x: numbers([2, 3], 0.6, 1.2) }, ({ x }) => tf.prod(x as tf.Tensor, axis), 1e-5);
  });

  test("of a scalar", async () => {
    await expectSameWithGradient({ x: numbers([]) }, ({ x }) => [tf.sum(x as tf.Tensor), tf.mean(x as tf.Tensor)]);
  });

  test("all and any", async () => {
    for (const axis of [undefined, 0, 1])
      await expectSame({ x: booleans([3, 4]) }, ({ x }) => [
        tf.all(x as tf.Tensor, axis),
        tf.any(x as tf.Tensor, axis, true),
      ]);
  });

  test("mean of integers is a real number, argMax takes truth values", async () => {
    await expectSame({ i: integers([3, 4], 9), b: booleans([3, 4]) }, ({ i, b }) => [
      tf.mean(i as tf.Tensor, 1),
      tf.mean(b as tf.Tensor),
      tf.argMax(b as tf.Tensor, 1),
      tf.argMin(b as tf.Tensor, 0),
    ]);
  });

  test("argMax and argMin", async () => {
    for (const axis of [0, 1, -1])
      await expectSame({ x: numbers([3, 4, 2]) }, ({ x }) => [
        tf.argMax(x as tf.Tensor, axis),
        tf.argMin(x as tf.Tensor, axis),
      ]);
  });

  test("sums of integers and booleans", async () => {
    await expectSame({ i: integers([3, 4], 9), b: booleans([3, 4]) }, ({ i, b }) => [
      tf.sum(i as tf.Tensor, 0),
      tf.sum(b as tf.Tensor, 1),
    ]);
  });

  test("cumsum", async () => {
    for (const exclusive of [false, true])
      for (const reverse of [false, true])
        await expectSameWithGradient({ x: numbers([3, 4]) }, ({ x }) =>
          tf.cumsum(x as tf.Tensor, 1, exclusive, reverse),
        );
  });
});

describe("along one axis", () => {
  test("softmax and logSoftmax", async () => {
    for (const shape of [[5], [3, 4], [2, 3, 1], [2, 3, 4]])
      await expectSameWithGradient({ x: numbers(shape, 3) }, ({ x }) => [
        tf.softmax(x as tf.Tensor),
        tf.logSoftmax(x as tf.Tensor),
      ]);
  });

  test("batchNorm with given statistics", async () => {
    await expectSameWithGradient(
      {
        x: numbers([2, 3, 3, 4]),
        mean: numbers([4]),
        variance: numbers([4], 0.4, 1),
        offset: numbers([4]),
        scale: numbers([4]),
      },
      (t) =>
        tf.batchNorm(
          t["x"] as tf.Tensor,
          t["mean"] as tf.Tensor1D,
          t["variance"] as tf.Tensor1D,
          t["offset"] as tf.Tensor1D,
          t["scale"] as tf.Tensor1D,
          1e-5,
        ),
      2e-5,
    );
  });
});
