import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { Scope } from "../scope.ts";
import { layerErrors, relativeError, slopes, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { batchNorm, frozenBatchNorm } from "./batch-norm.ts";
import { instanceNorm, trackedInstanceNorm } from "./instance-norm.ts";

const shape = [2, 3, 4, 3];
const [batch, height, width, channels] = shape as [number, number, number, number];
const size = batch * height * width * channels;
const channelOf = (index: number) => index % channels;
const sampleOf = (index: number) => Math.floor(index / (height * width * channels));

/** Mean and biased variance of the elements whose key equals that of each element. */
function statisticsBy(x: Float64Array, key: (index: number) => string | number) {
  const groups = new Map<string | number, number[]>();
  for (const [index, value] of x.entries()) groups.set(key(index), [...(groups.get(key(index)) ?? []), value]);
  return new Map(
    [...groups].map(([name, values]) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return [name, { mean, variance, count: values.length }];
    }),
  );
}

function normalised(x: Float64Array, key: (index: number) => string | number, epsilon: number): Float64Array {
  const found = statisticsBy(x, key);
  return x.map((value, index) => {
    const { mean, variance } = found.get(key(index))!;
    return (value - mean) / Math.sqrt(variance + epsilon);
  });
}

const instance = (index: number) => `${sampleOf(index)},${channelOf(index)}`;
const image = () => new Random(3).normals(size, 0.5, 2);
/** Official initial values, then anything else that the test binds. */
function bindFresh(scope: Scope): void {
  for (const state of scope.states())
    state.bind(tf.tensor(state.spec.initializer(state.spec.shape, new Random(0)), state.spec.shape));
}

beforeAll(useCpu);

describe("batchNorm", () => {
  it("gives the same without constants that the running mean is told of", () => {
    const constants = [0.3, -2, 5];
    const after = (given: tf.Tensor, lacking?: tf.Tensor): number[][] => {
      const scope = new Scope();
      const layer = batchNorm(scope, channels);
      bindFresh(scope);
      const y = layer(given, "train", lacking);
      return [y, ...scope.states().map(({ value }) => value)].map((each) => [...each.dataSync()]);
    };
    const x = tf.tensor(image(), shape);
    const whole = after(tf.add(x, constants));
    const parts = after(x, tf.tensor1d(constants));
    expect(relativeError(parts.flat(), whole.flat())).toBeLessThan(1e-5);
    expect(relativeError(parts[3]!, whole[3]!)).toBeLessThan(1e-5);
  });

  it.each([1e-5, 0.3])(
    "normalises each channel over the batch with epsilon %s, gradients included",
    async (epsilon) => {
      const scope = new Scope();
      const layer = batchNorm(scope, channels, { epsilon });
      const errors = await layerErrors(
        scope,
        (x) => zeroUse(scope, layer(x, "own")),
        shape,
        (x, { weight, bias }) =>
          normalised(x, channelOf, epsilon).map(
            (v, index) => v * weight![channelOf(index)]! + bias![channelOf(index)]!,
          ),
      );
      expect(errors.output).toBeLessThan(1e-6);
      for (const name of ["x", "weight", "bias"]) expect(errors[name]).toBeLessThan(2e-6);
    },
  );

  it("finds the channels on another axis", () => {
    const scope = new Scope();
    const layer = batchNorm(scope, channels, { channelAxis: 1 });
    bindFresh(scope);
    scope.states()[0]!.bind(tf.tensor1d([1, 2, 3]));
    const nhwc = tf.tensor(image(), shape);
    const nchw = layer(tf.transpose(nhwc, [0, 3, 1, 2]), "own");
    const expected = normalised(Float64Array.from(image()), channelOf, 1e-5).map((v, i) => v * (channelOf(i) + 1));
    expect(relativeError(tf.transpose(nchw, [0, 2, 3, 1]).dataSync(), expected)).toBeLessThan(1e-6);
  });

  it("moves the running values by a tenth, the variance unbiased, in mode train only", () => {
    const scope = new Scope();
    const layer = batchNorm(scope, channels);
    bindFresh(scope);
    const [, , mean, variance] = scope.states();
    mean!.bind(tf.tensor1d([1, 2, 3]));
    layer(tf.tensor(image(), shape), "own");
    layer(tf.tensor(image(), shape), "stored");
    expect([mean!.assigned, variance!.assigned]).toEqual([false, false]);
    layer(tf.tensor(image(), shape), "train");
    const found = statisticsBy(Float64Array.from(image()), channelOf);
    for (let c = 0; c < channels; c++) {
      const { mean: m, variance: v, count } = found.get(c)!;
      expect(mean!.value.dataSync()[c]).toBeCloseTo(0.9 * (c + 1) + 0.1 * m, 5);
      expect(variance!.value.dataSync()[c]).toBeCloseTo(0.9 + (0.1 * v * count) / (count - 1), 5);
    }
  });

  it("has a second derivative", () => {
    const scope = new Scope();
    const layer = batchNorm(scope, 1, { epsilon: 0.01 });
    bindFresh(scope);
    const x = [0.3, -1.2, 0.8, 2.1];
    const direction = [1, -2, 0.5, 3];
    const along = (v: tf.Tensor) => tf.sum(tf.mul(tf.reshape(layer(v, "own"), [-1]), direction));
    const second = tf
      .grad((v: tf.Tensor) => tf.sum(tf.square(tf.grad(along)(v))))(tf.tensor(x, [4, 1]))
      .dataSync();
    const reference = (at: Float64Array) =>
      normalised(at, () => 0, 0.01).reduce((sum, value, index) => sum + value * direction[index]!, 0);
    const expected = slopes((at) => slopes(reference, at).reduce((sum, slope) => sum + slope ** 2, 0), x, 1e-3);
    expect(relativeError(second, expected)).toBeLessThan(1e-5);
  });
});

describe("stored statistics", () => {
  const affine = (x: Float64Array, p: Record<string, Float64Array>) =>
    x.map((value, index) => {
      const c = channelOf(index);
      const normal = (value - p.running_mean![c]!) / Math.sqrt(p.running_var![c]! + 1.5);
      return normal * (p.weight?.[c] ?? 1) + (p.bias?.[c] ?? 0);
    });

  it.each<[string, (scope: Scope) => (x: tf.Tensor) => tf.Tensor, number]>([
    [
      "batchNorm",
      (scope) => {
        const layer = batchNorm(scope, channels, { epsilon: 1.5 });
        return (x) => layer(x, "stored");
      },
      2,
    ],
    ["frozenBatchNorm", (scope) => frozenBatchNorm(scope, channels, { epsilon: 1.5 }), 0],
    [
      "trackedInstanceNorm",
      (scope) => {
        const layer = trackedInstanceNorm(scope, channels, 1.5);
        return (x) => layer(x, "stored");
      },
      0,
    ],
  ])("of %s normalise by channel, gradients included", async (_, declare, learned) => {
    const scope = new Scope();
    const layer = declare(scope);
    expect(scope.trainable()).toHaveLength(learned);
    // The variances are squared, so that random values have a root.
    const errors = await layerErrors(
      scope,
      (x) => squaredVariance(scope, () => layer(x)),
      shape,
      (x, p) => affine(x, { ...p, running_var: p.running_var!.map((v) => v * v) }),
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-6);
  });
});

describe("instanceNorm", () => {
  it("normalises each image's channel by itself, gradient included", async () => {
    const errors = await layerErrors(
      new Scope(),
      (x) => instanceNorm(x),
      shape,
      (x) => normalised(x, instance, 1e-5),
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-6);
  });

  it("tracks the mean of the samples' statistics", () => {
    const scope = new Scope();
    const layer = trackedInstanceNorm(scope, channels);
    bindFresh(scope);
    const y = layer(tf.tensor(image(), shape), "train");
    expect(relativeError(y.dataSync(), normalised(Float64Array.from(image()), instance, 1e-5))).toBeLessThan(1e-6);
    const found = statisticsBy(Float64Array.from(image()), instance);
    const [mean, variance] = scope.states().map((state) => state.value.dataSync());
    for (let c = 0; c < channels; c++) {
      const both = [0, 1].map((sample) => found.get(`${sample},${c}`)!);
      const average = (f: (s: (typeof both)[number]) => number) => (f(both[0]!) + f(both[1]!)) / 2;
      expect(mean![c]).toBeCloseTo(0.1 * average((s) => s.mean), 5);
      expect(variance![c]).toBeCloseTo(0.9 + 0.1 * average((s) => (s.variance * s.count) / (s.count - 1)), 5);
    }
  });
});

/** Uses what a mode leaves unread, without effect, so that every declared tensor has a gradient. */
function zeroUse(scope: Scope, y: tf.Tensor): tf.Tensor {
  const idle = scope.states().filter(({ spec }) => spec.kind === "buffer");
  return tf.addN([y, ...idle.map((state) => tf.mul(tf.sum(state.value), tf.zeros(y.shape)))]);
}

function squaredVariance(scope: Scope, run: () => tf.Tensor): tf.Tensor {
  const variance = scope.states().find(({ spec }) => spec.name === "running_var")!;
  const given = variance.value;
  variance.bind(tf.square(given));
  const y = run();
  variance.bind(given);
  return y;
}
