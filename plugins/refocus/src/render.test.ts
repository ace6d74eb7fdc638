import { Scope } from "@epochmark/plugin-kit";
import { layerErrors } from "@epochmark/plugin-kit/testing";
import { tf } from "@epochmark/plugin-kit";
import { beforeAll, describe, expect, it } from "vitest";
import { useCpu } from "@epochmark/plugin-kit/testing";
import { render } from "./render.ts";

beforeAll(useCpu);

/** Two weights and six features a pixel, side by side in the channels of one tensor. */
const [batch, height, width, kernels] = [2, 2, 3, 2];

function expected(x: Float64Array): Float64Array {
  return Float64Array.from({ length: batch * height * width * 3 }, (_, index) => {
    const pixel = x.subarray(8 * Math.floor(index / 3), 8 * Math.floor(index / 3) + 8);
    const weights = [...pixel.subarray(0, kernels)].map((value) => value ** 2);
    const sum = weights.reduce((total, weight, k) => total + weight * pixel[kernels + 3 * k + (index % 3)]!, 0);
    return sum / weights.reduce((a, b) => a + b);
  });
}

describe("render", () => {
  it("mixes features 3k + c by weights of sum 1, gradients of both included", async () => {
    const errors = await layerErrors(
      new Scope(),
      (x) => {
        const [weights, features] = tf.split(x, [kernels, 3 * kernels], -1) as [tf.Tensor, tf.Tensor];
        return render(tf.square(weights), features);
      },
      [batch, height, width, 4 * kernels],
      expected,
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-5);
  });

  it("is black where no weight is, with gradients that are numbers", () => {
    const weights = tf.zeros([1, 1, 1, 2]);
    const features = tf.ones([1, 1, 1, 6]);
    expect([...render(weights, features).dataSync()]).toEqual([0, 0, 0]);
    const [byWeights] = tf.grads((w: tf.Tensor, f: tf.Tensor) => tf.sum(render(tf.relu(w), f)))([weights, features]);
    expect([...byWeights!.dataSync()]).toEqual([0, 0]);
  });
});
