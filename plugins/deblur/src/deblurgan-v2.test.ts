import { type Arrays, initialState, makeStep, Random, type StepRequest } from "@epochmark/plugin-kit";
import { runEagerly } from "@epochmark/plugin-kit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { v2Models } from "./v2-models.ts";

const model = v2Models.find(({ id }) => id === "deblurgan-v2-mobilenet")!;
type Changes = Partial<StepRequest>;
const step = (phase: "train" | "infer", changes: Changes = {}) =>
  makeStep(model, { phase, size: "tiny", batch: 1, ...changes });

async function batch(changes: Arrays = {}, source: "synthetic" | "photographs" = "synthetic"): Promise<Arrays> {
  const request = { phase: "train", batch: 1, random: new Random(1), source } as const;
  return { ...(await model.makeBatch(model.configs.tiny, request)), ...changes };
}

const scalar = (outputs: Arrays, name: string): number => outputs[name]![0]!;
const changed = (before: Arrays, after: Arrays, prefix: string) =>
  Object.keys(before).filter(
    (name) => name.startsWith(prefix) && before[name]!.some((value, index) => value !== after[name]![index]),
  );

describe("inference", () => {
  it("restores into [-1, 1] by the image's own statistics; stored ones are two other ways", async () => {
    const state = initialState(step("infer").state, 0);
    const { blurred } = await batch();
    const { outputs, state: after } = await runEagerly(step("infer", { taps: true }), state, { blurred: blurred! });
    const ways = ["restored", "restored.storedBatchNorm", "restored.allStored"].map((name) => outputs[name]!);
    expect(ways.every((values) => values.every((value) => Math.abs(value) <= 1))).toBe(true);
    expect(ways[1]).not.toEqual(ways[0]);
    expect(ways[2]).not.toEqual(ways[1]);
    expect(after).toEqual(state);
    const { outputs: plain } = await runEagerly(step("infer"), state, { blurred: blurred! });
    expect(plain).toEqual({ restored: ways[0] });
  });
});

describe("one iteration", () => {
  const rate = 1e-3;
  const train = step("train", { taps: true });
  const before = initialState(train.state, 0);
  let outputs: Arrays;
  let after: Arrays;
  beforeAll(async () => {
    const given = await batch({ learningRate: Float32Array.of(rate) });
    ({ outputs, state: after } = await runEagerly(train, before, given));
  });

  it("updates both discriminators and the generator once: Adam's first step is the rate", () => {
    for (const name of ["generator.final.weight", "patch.model.0.weight", "full.model.17.weight"])
      expect(Math.abs(after[name]![0]! - before[name]![0]!) / rate).toBeCloseTo(1, 2);
    expect(changed(before, after, "vgg.")).toEqual([]);
  });

  it("moves every running statistic, and puts one map an image into each pool", () => {
    const running = Object.keys(before).filter((name) => name.includes(".running_"));
    expect(changed(before, after, "").filter((name) => name.includes(".running_"))).toEqual(running);
    for (const pool of ["patch.fake", "patch.real", "full.fake", "full.real"]) {
      expect(after[`pools.${pool}.count`]).toEqual(Float32Array.of(1));
      expect(after[`pools.${pool}.means`]!.filter((mean) => mean !== 0)).toHaveLength(1);
    }
  });

  it("has the generator face the discriminators as they are after their update", () => {
    expect(scalar(outputs, "losses/generator.pixelMse")).toBeCloseTo(scalar(outputs, "generator.pixelMse"), 6);
    expect(scalar(outputs, "losses/generator.adversarial")).not.toBe(scalar(outputs, "generator.adversarial"));
  });

  it("weighs its losses as the paper does", () => {
    const { pixelMse, perceptualMse, adversarial, adversarialPatch, adversarialFull, total } = Object.fromEntries(
      Object.entries(outputs).map(([name, [value]]) => [name.replace(/^generator\./, ""), value]),
    ) as Record<string, number>;
    expect(adversarial).toBeCloseTo((adversarialPatch! + adversarialFull!) / 2, 5);
    expect(total).toBeCloseTo(0.5 * pixelMse! + 0.006 * perceptualMse! + 0.01 * adversarial!, 5);
  });

  it("leaves a frozen backbone's parameters alone", async () => {
    const frozen = step("train", { overrides: { frozenBackbone: true }, trainObjective: "mean-square" });
    const { state } = await runEagerly(frozen, initialState(frozen.state, 0), await batch());
    const moved = changed(before, state, "generator.").filter((name) => /\.(weight|bias)$/.test(name));
    expect(moved).toContain("generator.fpn.lateral0.weight");
    expect(moved.filter((name) => name.includes(".features."))).toEqual([]);
  });
});

it.each([
  ["ragan-ls", 4],
  ["wgan-gp", 2],
] as const)("learns to restore a blurred photograph with %s", async (trainObjective, steps) => {
  const train = step("train", { trainObjective });
  const inputs = await batch({ alpha: Float32Array.of(0.4, 0.6) }, "photographs");
  let state = initialState(train.state, 0);
  const losses: number[] = [];
  for (let k = 1; k <= steps; k++) {
    const given = { ...inputs, learningRate: Float32Array.of(0.01), step: Float32Array.of(k) };
    const result = await runEagerly(train, state, given);
    state = result.state;
    losses.push(scalar(result.outputs, "generator.pixelMse"));
  }
  expect(losses.at(-1)).toBeLessThan(0.95 * losses[0]!);
});
