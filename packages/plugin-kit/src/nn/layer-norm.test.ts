import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { Scope } from "../scope.ts";
import { layerErrors, relativeError, slopes, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { layerNorm } from "./layer-norm.ts";

function normalised(x: Float64Array, dim: number, epsilon: number): Float64Array {
  const result = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += dim) {
    const values = x.subarray(row, row + dim);
    const mean = values.reduce((a, b) => a + b) / dim;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / dim;
    for (let k = 0; k < dim; k++) result[row + k] = (values[k]! - mean) / Math.sqrt(variance + epsilon);
  }
  return result;
}

beforeAll(useCpu);

describe("layerNorm", () => {
  it.each([1e-6, 0.5])("normalises the last axis with epsilon %s, gradients included", async (epsilon) => {
    const scope = new Scope();
    const layer = layerNorm(scope, 5, { epsilon });
    const errors = await layerErrors(scope, layer, [2, 3, 5], (x, { weight, bias }) =>
      normalised(x, 5, epsilon).map((value, index) => value * weight![index % 5]! + bias![index % 5]!),
    );
    expect(Object.keys(errors)).toEqual(["output", "x", "weight", "bias"]);
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-6);
  });

  it("keeps its digits on a large offset, where E[x²] - E[x]² loses them", () => {
    const scope = new Scope();
    const layer = layerNorm(scope, 4, { epsilon: 1e-6 });
    for (const state of scope.states()) state.bind(tf.tensor(state.spec.initializer(state.spec.shape, new Random(0))));
    const x = [4096.5, 4097.25, 4095, 4096.75];
    expect(relativeError(layer(tf.tensor2d([x])).dataSync(), normalised(Float64Array.from(x), 4, 1e-6))).toBeLessThan(
      1e-6,
    );
  });

  it("has a second derivative, though the forward pass saves its result on the side", () => {
    const scope = new Scope();
    const layer = layerNorm(scope, 4, { epsilon: 1e-2 });
    const weight = [0.5, -1, 2, 1.5];
    const [weights, bias] = scope.states();
    weights!.bind(tf.tensor1d(weight));
    bias!.bind(tf.zeros([4]));
    const x = [0.3, -1.2, 0.8, 2.1, 1, -0.4, 0.2, 0.9];
    const direction = [1, -2, 0.5, 3, -1, 2, 1, 0.7];
    const along = (v: tf.Tensor) => tf.sum(tf.mul(tf.reshape(layer(v), [-1]), direction));
    const second = tf
      .grad((v) => tf.sum(tf.square(tf.grad(along)(v))))(tf.tensor2d(x, [2, 4]))
      .dataSync();
    const reference = (at: Float64Array) =>
      normalised(at, 4, 1e-2).reduce((sum, value, index) => sum + value * weight[index % 4]! * direction[index]!, 0);
    const expected = slopes((at) => slopes(reference, at).reduce((sum, slope) => sum + slope ** 2, 0), x, 1e-3);
    expect(relativeError(second, expected)).toBeLessThan(1e-5);
  });
});
