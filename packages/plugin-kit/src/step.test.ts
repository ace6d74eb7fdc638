import { beforeAll, describe, expect, it } from "vitest";
import { gradients, ones, sgd, zeros } from "./nn/index.ts";
import { defineModel, type Model, type Tensors } from "./plugin.ts";
import { Random } from "./random.ts";
import type { Scope } from "./scope.ts";
import { detach, initialState, makeStep } from "./step.ts";
import { runEagerly, useCpu } from "./testing/index.ts";
import { tf } from "./tf.ts";

/** y = scale x, trained for y = 0 by SGD with momentum; `calls` counts in a buffer. */
const line: Model<{ width: number }> = defineModel({
  id: "line",
  title: "Line",
  configs: { tiny: { width: 2 }, full: { width: 5 } },
  configure: (config, { overrides }) => ({ ...config, ...overrides }),
  build(scope: Scope, { width }) {
    const scale = scope.at("layer").parameter("scale", [width], ones);
    const calls = scope.buffer("calls", [], zeros);
    const parameters = scope.trainable();
    const update = sgd(scope, parameters, { momentum: 0.9 });
    const spec = (batch: number) => [{ name: "x", shape: [batch, width], dtype: "float32" as const }];
    const apply = (x: tf.Tensor) => tf.mul(x, scale.value);
    return {
      infer: { inputs: spec, run: ({ x }) => ({ y: apply(x!) }) },
      train: {
        inputs: spec,
        run: ({ x }): Tensors => {
          const loss = () => {
            const y = apply(x!);
            scope.tap("y", y);
            return { total: tf.sum(tf.square(y)) };
          };
          const result = gradients(loss, parameters, scope);
          update(result.gradients, { learningRate: tf.scalar(0.1), step: tf.scalar(1) });
          calls.assign(tf.add(calls.value, 1));
          return result.losses;
        },
      },
    };
  },
  makeBatch: async () => ({}),
  goldenBatch: () => ({}),
  workloads: { small: {}, paper: {} },
  recipe: null,
});

const x = Float32Array.of(1, 2);

describe("makeStep", () => {
  it("gives inference parameters and buffers, but no optimizer memory", async () => {
    const step = makeStep(line, { phase: "infer", size: "tiny", batch: 1 });
    expect(step.state.map(({ name, kind }) => [name, kind])).toEqual([
      ["layer.scale", "parameter"],
      ["calls", "buffer"],
    ]);
    const { state, outputs } = await runEagerly(step, initialState(step.state, 0), { x });
    expect([...outputs.y!]).toEqual([1, 2]);
    expect([...state.calls!]).toEqual([0]);
  });

  it("trains: state after the step is what the next one starts from", async () => {
    const step = makeStep(line, { phase: "train", size: "tiny", batch: 1 });
    let state = initialState(step.state, 0);
    const losses: number[] = [];
    for (let k = 0; k < 3; k++) {
      const result = await runEagerly(step, state, { x });
      expect(Object.keys(result.outputs)).toEqual(["total"]);
      losses.push(result.outputs.total![0]!);
      state = result.state;
    }
    // scale: 1 -> 1 - 0.1·2x² = [0.8, 0.2] -> [0.8 - 0.1 (1.6 + 0.9·2), 0.2 - 0.1 (1.6 + 0.9·8)] = [0.46, -0.68]
    expect(losses[1]).toBeCloseTo(0.64 + 4 * 0.04, 5);
    expect(losses[2]).toBeCloseTo(0.46 ** 2 + 4 * 0.68 ** 2, 5);
    expect([...state.calls!]).toEqual([3]);
  });

  it("gives a phase the networks that it reads", () => {
    const build: typeof line.build = (scope, config) => {
      const network = line.build(scope, config);
      scope.at("other").parameter("weight", [1], ones);
      const networks = ["layer"];
      return { infer: { ...network.infer!, networks }, train: { ...network.train!, networks } };
    };
    const names = (phase: "infer" | "train") =>
      makeStep({ ...line, build }, { phase, size: "tiny", batch: 1 }).state.map(({ name }) => name);
    expect(names("infer")).toEqual(["layer.scale"]);
    expect(names("train")).toEqual(["layer.scale", "momentum_buffer/layer.scale"]);
  });

  it("adds taps when asked", async () => {
    const step = makeStep(line, { phase: "train", size: "tiny", batch: 1, taps: true });
    const { outputs } = await runEagerly(step, initialState(step.state, 0), { x });
    expect(Object.keys(outputs)).toEqual(["total", "y", "gradients/layer.scale"]);
    expect([...outputs["gradients/layer.scale"]!]).toEqual([2, 8]);
  });

  it("leaves no tensor behind", async () => {
    const step = makeStep(line, { phase: "train", size: "tiny", batch: 1, taps: true });
    await useCpu();
    const before = tf.memory().numTensors;
    await runEagerly(step, initialState(step.state, 0), { x });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("builds what the request asks", () => {
    expect(makeStep(line, { phase: "infer", size: "full", batch: 3 }).inputs[0]!.shape).toEqual([3, 5]);
    const request = { phase: "infer", size: "full", batch: 3, overrides: { width: 7 } } as const;
    expect(makeStep(line, request).inputs[0]!.shape).toEqual([3, 7]);
    expect(() => makeStep(line, { phase: "online", size: "tiny", batch: 1 })).toThrow(
      'line has no phase "online" (it has infer, train)',
    );
  });
});

const drawn = (name: string) => ({
  name,
  shape: [3],
  dtype: "float32" as const,
  kind: "parameter" as const,
  trainable: true,
  initializer: (_: readonly number[], random: Random) => Float32Array.of(random.uniform()),
});

describe("initialState", () => {
  it("draws each tensor from its own stream", () => {
    const both = initialState([drawn("a"), drawn("b")], 1);
    expect(initialState([drawn("b")], 1).b).toEqual(both.b);
    expect(both.a).not.toEqual(both.b);
    expect(initialState([drawn("a")], 2).a).not.toEqual(both.a);
  });
});

describe("detach", () => {
  beforeAll(useCpu);

  it("stops the gradient", () => {
    const slope = tf
      .grad((v) => tf.sum(tf.mul(v, detach(v))))(tf.tensor1d([3, 4]))
      .dataSync();
    expect([...slope]).toEqual([3, 4]);
  });

  it("shares the values safely: either tensor outlives the other", () => {
    const original = tf.tensor1d([3, 4]);
    const copy = detach(original);
    copy.dispose();
    expect([...original.dataSync()]).toEqual([3, 4]);
    const second = detach(original);
    original.dispose();
    expect([...second.dataSync()]).toEqual([3, 4]);
    second.dispose();
  });
});
