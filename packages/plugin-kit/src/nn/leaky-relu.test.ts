import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { leakyRelu } from "./leaky-relu.ts";

beforeAll(useCpu);

describe("leakyRelu", () => {
  it("scales what is negative, gradient included", async () => {
    const errors = await layerErrors(
      new Scope(),
      (x) => leakyRelu(x, 0.2),
      [4, 5],
      (x) => x.map((value) => (value > 0 ? value : 0.2 * value)),
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });

  it("has the slope at 0", () => {
    const slope = tf
      .grad((x) => tf.sum(leakyRelu(x, 0.25)))(tf.tensor1d([0, 1, -1]))
      .dataSync();
    expect([...slope]).toEqual([0.25, 1, 0.25]);
  });

  it("has a second derivative", () => {
    const cubed = (x: tf.Tensor) => tf.sum(tf.pow(leakyRelu(x, 0.5), 3));
    const second = tf
      .grad((x: tf.Tensor) => tf.sum(tf.square(tf.grad(cubed)(x))))(tf.tensor1d([1, -1]))
      .dataSync();
    // (3x²)² has the slope 36x³; (3 · x²/4 · 1/2)² = 9/64 x⁴ has 9/16 x³.
    expect(second[0]).toBeCloseTo(36, 4);
    expect(second[1]).toBeCloseTo(-9 / 16, 5);
  });
});
