import { type Arrays, initialState, makeStep, Random } from "@epochmark/plugin-kit";
import { runEagerly } from "@epochmark/plugin-kit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { models } from "./models.ts";

const model = models[0]!;
const config = model.configs.tiny;
const step = (phase: "train" | "infer", taps = false) => makeStep(model, { phase, size: "tiny", batch: 1, taps });
const state = () => initialState(step("train").state, 0);

async function batch(changes: Arrays = {}, source: "synthetic" | "photographs" = "synthetic"): Promise<Arrays> {
  const request = { phase: "train", batch: 1, random: new Random(1), source } as const;
  return { ...(await model.makeBatch(config, request)), ...changes };
}

const scalar = (outputs: Arrays, name: string): number => outputs[name]![0]!;
const terms = (outputs: Arrays, term: string) => [0, 1, 2, 3, 4].map((k) => scalar(outputs, `critic.${k}.${term}`));

describe("inference", () => {
  it("restores into [-1, 1], each image by itself", async () => {
    const twice = makeStep(model, { phase: "infer", size: "tiny", batch: 2 });
    const { blurred } = await batch();
    const both = Float32Array.from([...blurred!, ...blurred!.toReversed()]);
    const { outputs } = await runEagerly(twice, state(), { blurred: both });
    const { outputs: alone } = await runEagerly(step("infer"), state(), { blurred: blurred! });
    expect(outputs.restored!.every((value) => Math.abs(value) <= 1)).toBe(true);
    expect(outputs.restored!.subarray(0, blurred!.length)).toEqual(alone.restored);
  });
});

describe("one iteration", () => {
  const rate = 1e-3;
  const before = state();
  let outputs: Arrays;
  let after: Arrays;
  beforeAll(async () => {
    const given = await batch({ alpha: new Float32Array(5).fill(0.5), learningRate: Float32Array.of(rate) });
    ({ outputs, state: after } = await runEagerly(step("train", true), before, given));
  });

  it("updates the critic five times on the same pair, then the generator once", () => {
    const critic = terms(outputs, "total");
    expect(critic[4]).toBeLessThan(critic[0]!);
    // Adam's first step moves by the rate wherever there is a gradient; five steps go further.
    const moved = (name: string) => Math.abs(after[name]![0]! - before[name]![0]!) / rate;
    expect(moved("generator.model.1.weight")).toBeCloseTo(1, 2);
    expect(moved("critic.model.11.weight")).toBeGreaterThan(2);
    expect(after["vgg.features.0.weight"]).toEqual(before["vgg.features.0.weight"]);
  });

  it("has the generator face the critic as it is after its updates", () => {
    expect(scalar(outputs, "losses/generator.content")).toBe(scalar(outputs, "generator.content"));
    expect(scalar(outputs, "losses/generator.adversarial")).not.toBe(scalar(outputs, "generator.adversarial"));
    expect(scalar(outputs, "losses/critic.total")).toBe(scalar(outputs, "critic.0.total"));
  });

  it("trains every parameter of both networks", () => {
    const still = step("train").state.filter(
      ({ name, kind, trainable }) =>
        kind === "parameter" && trainable && outputs[`gradients/${name}`]!.every((value) => value === 0),
    );
    // Zero in exact arithmetic: a bias that all scores share cancels in fake minus real.
    expect(still.map(({ name }) => name).filter((name) => name !== "critic.model.11.bias")).toEqual([]);
  });

  it("drops at random, by the seed alone", async () => {
    const plain = makeStep(model, { phase: "train", size: "tiny", batch: 1, trainObjective: "mean-square" });
    const content = async (changes: Arrays) =>
      scalar((await runEagerly(plain, before, await batch(changes))).outputs, "total");
    const [one, again, other] = [1, 1, 2].map((seed) => ({ seed: Int32Array.of(seed) }));
    expect(await content(one!)).toBe(await content(again!));
    expect(await content(one!)).not.toBe(await content(other!));
    const off = { dropout: Float32Array.of(0) };
    expect(await content({ ...one!, ...off })).toBe(await content({ ...other!, ...off }));
  });
});

it("learns to restore a blurred photograph", async () => {
  const inputs = await batch({}, "photographs");
  let current = state();
  const contents: number[] = [];
  for (let k = 1; k <= 5; k++) {
    const result = await runEagerly(step("train"), current, {
      ...inputs,
      learningRate: Float32Array.of(3e-4),
      step: Float32Array.of(k),
    });
    current = result.state;
    contents.push(scalar(result.outputs, "generator.content"));
  }
  expect(contents.at(-1)).toBeLessThan(0.7 * contents[0]!);
});
