import { Scope, tf } from "@epochmark/plugin-kit";
import { zeros } from "@epochmark/plugin-kit/nn";
import { layerErrors, useCpu } from "@epochmark/plugin-kit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { labelledError, sigmoidCrossEntropy, squaredWeights, unitRange } from "./losses.ts";

beforeAll(useCpu);

it("unitRange spans each sample from 0 to 1, its gradient through smallest and largest included", async () => {
  const reference = (x: Float64Array) =>
    [0, 6].flatMap((from) => {
      const sample = [...x.subarray(from, from + 6)];
      const [low, high] = [Math.min(...sample), Math.max(...sample)];
      return sample.map((value) => (value - low) / (high - low + 2 ** -23));
    });
  const errors = await layerErrors(new Scope(), unitRange, [2, 2, 3, 1], reference);
  expect(Math.max(...Object.values(errors))).toBeLessThan(1e-5);
  expect([...unitRange(tf.fill([1, 1, 2, 1], 3)).dataSync()]).toEqual([0, 0]);
});

describe("sigmoidCrossEntropy", () => {
  it("is -t log s(z) - (1-t) log(1-s(z)), gradient included", async () => {
    const targets = [0, 1, 0.25, 1];
    const reference = (z: Float64Array) =>
      targets.map((t, index) => {
        const s = 1 / (1 + Math.exp(-z[index]!));
        return -t * Math.log(s) - (1 - t) * Math.log(1 - s);
      });
    const layer = (z: tf.Tensor) => sigmoidCrossEntropy(z, tf.tensor1d(targets));
    const errors = await layerErrors(new Scope(), layer, [4], reference);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-5);
  });

  it("stays finite far out", () => {
    const [right, wrong] = sigmoidCrossEntropy(tf.tensor1d([200, 200]), tf.tensor1d([1, 0])).dataSync();
    expect([right, wrong]).toEqual([0, 200]);
  });
});

it("samples without a label count as no error", () => {
  const error = tf.tensor4d([1, 3, 10, 20], [2, 1, 2, 1]);
  const of = (...labels: number[]) => labelledError(error, tf.tensor1d(labels)).dataSync()[0];
  expect(of(1, 1)).toBe(8.5);
  expect(of(1, 0)).toBe(1);
});

it("the penalty is ½‖w‖² of filters alone", () => {
  const scope = new Scope();
  const [filter, vector] = [scope.parameter("w", [1, 2, 1, 1], zeros), scope.parameter("b", [1], zeros)];
  filter.bind(tf.tensor4d([3, 4], [1, 2, 1, 1]));
  vector.bind(tf.tensor1d([100]));
  expect(squaredWeights(scope.states()).dataSync()[0]).toBe(12.5);
});
