import { beforeAll, describe, expect, it } from "vitest";
import { relativeError, slopes, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import "./index.ts";

beforeAll(useCpu);

const image = tf.tidy(() => tf.keep(tf.reshape(tf.sin(tf.range(0, 50)), [1, 5, 5, 2]))) as tf.Tensor4D;
const weights = Array.from({ length: 4 * 4 * 2 * 3 }, (_, index) => Math.cos(3 * index));
const pad: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [2, 2],
  [2, 2],
  [0, 0],
];
const filter = (values: ArrayLike<number>) => tf.tensor4d(Float32Array.from(values), [4, 4, 2, 3]);
/** Cubed, so that the slope depends on the filter in more than one way. */
const slope = (w: tf.Tensor) =>
  tf.grad((x: tf.Tensor) => tf.sum(tf.pow(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, pad), 3)))(image);
const square = (w: tf.Tensor): tf.Tensor => tf.sum(tf.square(slope(w)));

/** Attributes of every filter gradient that `work` runs. */
function filterGradients(work: () => void): object[] {
  const found: object[] = [];
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  engine.runKernel = ((name, inputs, attributes) => {
    if (name === "Conv2DBackpropFilter") found.push(attributes ?? {});
    return original(name, inputs, attributes);
  }) as typeof engine.runKernel;
  try {
    tf.tidy(work);
  } finally {
    engine.runKernel = original;
  }
  return found;
}

describe("second derivatives of a strided convolution", () => {
  it("agree with finite differences", () => {
    const found = tf.grad(square)(filter(weights)).dataSync();
    const expected = slopes((values) => square(filter(values)).dataSync()[0]!, weights);
    expect(relativeError(found, expected)).toBeLessThan(2e-2);
  });

  it("are told apart from first ones, and from the gradient of a transposed convolution", () => {
    const second = filterGradients(() => void tf.grad(square)(filter(weights)));
    expect(second.filter((attributes) => "secondOrder" in attributes)).toHaveLength(1);
    expect(second.filter((attributes) => !("secondOrder" in attributes))).toHaveLength(1);
    const transposed = (w: tf.Tensor): tf.Tensor =>
      tf.sum(tf.conv2dTranspose(tf.ones([1, 3, 3, 3]) as tf.Tensor4D, w as tf.Tensor4D, [1, 6, 6, 2], 2, "same"));
    const first = filterGradients(() => void tf.grad(transposed)(filter(weights)));
    expect(first).toHaveLength(1);
    expect(first[0]).not.toHaveProperty("secondOrder");
  });
});
