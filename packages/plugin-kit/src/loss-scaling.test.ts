import { beforeAll, describe, expect, it } from "vitest";
import { gradients, ones, sgd, zeros } from "./nn/index.ts";
import { defineModel, type Model } from "./plugin.ts";
import { initialState, makeStep } from "./step.ts";
import { runEagerly, useCpu } from "./testing/index.ts";
import { tf } from "./tf.ts";

/** y = w x trained for y = 0, and inside that a second weight, as a critic is inside a generator's step. */
const pair: Model<object> = defineModel({
  id: "pair",
  title: "Pair",
  configs: { tiny: {}, full: {} },
  configure: (config) => config,
  build(scope) {
    const [w, inner] = [scope.at("outer").parameter("w", [2], ones), scope.at("inner").parameter("w", [1], ones)];
    const calls = scope.at("outer").buffer("calls", [], zeros);
    const [update, updateInner] = [sgd(scope, [w]), sgd(scope, [inner])];
    const scalars = { learningRate: tf.scalar(0.125), step: tf.scalar(1) };
    return {
      train: {
        networks: ["outer", "inner"],
        inputs: () => [
          { name: "x", shape: [2], dtype: "float32" },
          { name: "z", shape: [1], dtype: "float32" },
        ],
        run({ x, z }) {
          const judged = () => ({ total: tf.sum(tf.mul(inner.value, z!)) as tf.Tensor });
          const loss = () => {
            updateInner(gradients(judged, [inner], scope).gradients, scalars);
            return { total: tf.sum(tf.square(tf.mul(x!, w.value))) as tf.Tensor };
          };
          const found = gradients(loss, [w], scope);
          update(found.gradients, scalars);
          calls.assign(tf.add(calls.value, 1));
          return found.losses;
        },
      },
    };
  },
  makeBatch: async () => ({}),
  goldenBatch: () => ({}),
  workloads: { small: {}, paper: {} },
  recipe: null,
});

const step = (lossScale?: number) =>
  makeStep(pair, { phase: "train", size: "tiny", batch: 1, ...(lossScale !== undefined && { lossScale }) });
const small = { x: Float32Array.of(0.5, 1), z: Float32Array.of(0.25) };
const overflowing = [
  { ...small, x: Float32Array.of(1, 1e18) },
  { ...small, z: Float32Array.of(Infinity) },
  { ...small, z: Float32Array.of(Number.NaN) },
];

beforeAll(useCpu);

describe("a scaled loss", () => {
  it("gives the gradients and updates of one that is not, bit for bit", async () => {
    const plain = await runEagerly(step(), initialState(step().state, 1), small);
    const scaled = await runEagerly(step(1024), initialState(step(1024).state, 1), small);
    expect(scaled.outputs).toEqual(plain.outputs);
    const { loss_scale: factor, loss_scale_steps: steps, ...state } = scaled.state;
    expect(state).toEqual(plain.state);
    expect([...factor!, ...steps!]).toEqual([1024, 1]);
  });

  it.each(overflowing)("that overflows in any gradient changes nothing but the factor: %o", async (inputs) => {
    const before = initialState(step(1024).state, 1);
    const { state } = await runEagerly(step(1024), before, inputs);
    expect(state).toEqual({ ...before, loss_scale: Float32Array.of(512), loss_scale_steps: Float32Array.of(0) });
    const { state: after } = await runEagerly(step(1024), state, small);
    expect(after["outer.calls"]).toEqual(Float32Array.of(1));
    expect([after["loss_scale"], after["loss_scale_steps"]]).toEqual([Float32Array.of(512), Float32Array.of(1)]);
  });

  it("has its factor doubled after 2000 steps in a row, and never below 1", async () => {
    const before = { ...initialState(step(1024).state, 1), loss_scale_steps: Float32Array.of(1999) };
    const { state } = await runEagerly(step(1024), before, small);
    expect([state["loss_scale"], state["loss_scale_steps"]]).toEqual([Float32Array.of(2048), Float32Array.of(0)]);
    const lowest = { ...before, loss_scale: Float32Array.of(1) };
    const { state: still } = await runEagerly(step(1024), lowest, overflowing[1]!);
    expect(still["loss_scale"]).toEqual(Float32Array.of(1));
  });
});
