import { expect, it } from "vitest";
import { type TrainRecord, checkTrain, gradientNorms } from "./checks.ts";
import type { Float32Error, Train } from "./schema.ts";

const float32Error: Float32Error = {
  outputs: 0,
  intermediates: 0,
  gradients: 0,
  gradientsAllTogether: 0,
  lossesBySteps: [0, 0],
  gradientNormsBySteps: 0,
  afterSteps: 0,
  parameterChange: 0,
  buffersAfterFirstStep: 0,
};
const tensor = (values: number[]) => ({ l2: Math.hypot(...values), indices: values.map((_, i) => i), values });

/** A GAN with one weight in either network: two critic updates, then one of the generator, in one step. */
const gan: Train = {
  batch: [["batch.x", [1], "image"]],
  losses: { "critic.total": -4, "generator.total": 2 },
  gradientNorm: { critic: 3, generator: 5 },
  zeroGradients: ["critic.bias"],
  gradients: { "critic.weight": tensor([3, 0]), "critic.bias": { l2: 1e-9 }, "generator.weight": tensor([3, 4]) },
  optimizer: { learningRate: 0.1, iterations: 1, separate: ["critic", "generator"] },
  lossesBySteps: [{ critic: [{ total: -4 }, { total: -5 }], generator: { total: 1 } }],
  gradientNormsBySteps: [],
  afterSteps: { critic: { total: -6 }, generator: { total: 0.5 } },
  parametersAfterSteps: { "generator.weight": { ...tensor([0.9, 1.1]), changeL2: Math.SQRT2 * 0.1 } },
  buffersAfterFirstStep: {},
};
const gradients = {
  "critic.weight": Float32Array.of(3, 0),
  "critic.bias": Float32Array.of(1e-3),
  "generator.weight": Float32Array.of(3, 4),
};
const norms = gradientNorms(gan, gradients);
const record: TrainRecord = {
  steps: [
    {
      norms,
      scalars: {
        "critic.0.total": -4,
        "critic.1.total": -5,
        "generator.total": 1,
        "losses/critic.total": -4,
        "losses/generator.total": 2,
      },
    },
    { norms, scalars: { "critic.total": 99, "losses/critic.total": -6, "losses/generator.total": 0.5 } },
  ],
  gradients,
  fresh: { "generator.weight": Float32Array.of(1, 1) },
  afterFirst: {},
  after: { "generator.weight": Float32Array.of(1.1, 1.1) },
};

it("measures each network's gradients apart, without those that are zero in exact arithmetic", () => {
  expect(norms).toEqual({ critic: 3, generator: 5 });
});

it("takes a GAN's untouched losses from taps, those of its updates from outputs, and does not judge its first Adam steps", () => {
  const checks = checkTrain(gan, float32Error, record);
  expect(checks.map(({ name, status }) => [name, status])).toEqual([
    ["losses/critic.total", "pass"],
    ["losses/generator.total", "pass"],
    ["gradients/critic.weight", "pass"],
    ["gradients/generator.weight", "pass"],
    ["gradients (all of critic)", "pass"],
    ["gradients (all of generator)", "pass"],
    ["gradientNorm (all of critic)", "pass"],
    ["gradientNorm (all of generator)", "pass"],
    ["steps/0/critic.0.total", "pass"],
    ["steps/0/critic.1.total", "pass"],
    ["steps/0/generator.total", "pass"],
    ["afterSteps/critic.total", "pass"],
    ["afterSteps/generator.total", "pass"],
    ["after/generator.weight", "info"],
  ]);
  expect(checks.at(-1)?.error).toBeGreaterThan(1);
});

it("judges a loss by the largest of its own objective, and misses nothing in silence", () => {
  const [critic, generator] = checkTrain(
    { ...gan, losses: { "critic.total": -4, "generator.small": 1e-9 } },
    float32Error,
    {
      ...record,
      steps: [{ norms, scalars: { "critic.total": -4.001 } }, record.steps[1]!],
    },
  );
  expect(critic).toMatchObject({ status: "fail", error: expect.closeTo(0.00025, 8), tolerance: 1e-5 });
  expect(generator).toMatchObject({ status: "fail", error: null, note: "the train step has no such loss" });
});
