import { beforeAll, describe, expect, it } from "vitest";
import { useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import "./comparison-gradients.ts";

beforeAll(useCpu);

/** d/dx Σ (d/dx Σ f(x)³)² at 0.5, 2 and -1. */
const second = (f: (x: tf.Tensor) => tf.Tensor) =>
  tf
    .grad((x: tf.Tensor) => tf.sum(tf.square(tf.grad((y: tf.Tensor) => tf.sum(tf.pow(f(y), 3)))(x))))(
      tf.tensor1d([0.5, 2, -1]),
    )
    .dataSync();

describe("second derivatives past a comparison", () => {
  // Where f is x: (3x²)² has the slope 36x³; where f is constant: 0.
  it.each<[string, (x: tf.Tensor) => tf.Tensor, number[]]>([
    ["maximum", (x) => tf.maximum(x, 1), [0, 288, 0]],
    ["minimum", (x) => tf.minimum(x, 1), [4.5, 0, -36]],
    ["relu6", (x) => tf.relu6(x), [4.5, 288, 0]],
    ["clip", (x) => tf.clipByValue(x, 0, 1), [4.5, 0, 0]],
    ["a mask of comparisons", (x) => tf.mul(x, tf.cast(tf.logicalNot(tf.less(x, 1)), "float32")), [0, 288, 0]],
  ])("%s", (_, f, expected) => {
    for (const [index, value] of second(f).entries()) expect(value).toBeCloseTo(expected[index]!, 3);
  });
});
