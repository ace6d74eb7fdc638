import { type Arrays, configFor, initialState, makeStep, type Model, Random } from "@epochmark/plugin-kit";
import { runEagerly } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { configureDeepViT, type DeepViTConfig } from "./deepvit-config.ts";
import { models } from "./deepvit-models.ts";

const model = (id: string): Model<DeepViTConfig> => models.find((candidate) => candidate.id === id)!;
const small = model("deepvit-s");

async function trained(tested: Model<DeepViTConfig>, steps: number): Promise<{ losses: number[]; state: Arrays }> {
  const step = makeStep(tested, { phase: "train", size: "tiny", batch: 4 });
  const request = { phase: "train", batch: 4, random: new Random(2), source: "photographs" } as const;
  const batch = await tested.makeBatch(configFor(tested, { size: "tiny" }), request);
  const state = initialState(step.state, 1);
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const { outputs, state: next } = await runEagerly(step, state, { ...batch, step: Float32Array.of(t) });
    losses.push(outputs.total![0]!);
    Object.assign(state, next);
  }
  return { losses, state };
}

describe("training", () => {
  it.each(["deepvit-16b", "deepvit-s"])("of %s lowers the loss on one batch of photographs", async (id) => {
    const { losses } = await trained(model(id), 8);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  it("moves the running statistics of every norm, and only training does", async () => {
    const { state } = await trained(small, 1);
    const means = Object.keys(state).filter((name) => name.endsWith("running_mean"));
    expect(means).toHaveLength(4);
    for (const name of means) expect(state[name]!.some((value) => value !== 0)).toBe(true);
    const infer = makeStep(small, { phase: "infer", size: "tiny", batch: 1 });
    const image = { input: new Float32Array(3 * 32 * 32).fill(0.3) };
    const { state: after } = await runEagerly(infer, initialState(infer.state, 1), image);
    for (const name of means) expect(after[name]!.every((value) => value === 0)).toBe(true);
  });
});

/** A tiny network's loss `total` and gradients on one fixed batch, its parameters moved by `move`. */
async function lossAndGradients(tested: Model<DeepViTConfig>, move: Arrays = {}): Promise<Arrays> {
  const step = makeStep(tested, { phase: "train", size: "tiny", batch: 2, taps: true });
  const request = { phase: "train", batch: 2, random: new Random(3), source: "synthetic" } as const;
  const batch = await tested.makeBatch(configFor(tested, { size: "tiny" }), request);
  const state = initialState(step.state, 1);
  for (const [name, by] of Object.entries(move)) state[name] = state[name]!.map((value, index) => value + by[index]!);
  return (await runEagerly(step, state, batch)).outputs;
}

// What the public golden files leave to trust: they train no network with a stem or a residual scale.
it.each([
  ["deepvit-16b", "Re-Attention", /reatten_matrix.weight|var_norm/],
  ["deepvit-s", "Re-Attention", /reatten_matrix.weight|var_norm/],
  ["deepvit-s", "the stem", /patch_embed/],
  ["deepvit-s", "the blocks", /attn.qkv|mlp/],
])("gradients of %s by %s are the slope of its loss", async (id, _, wanted) => {
  const outputs = await lossAndGradients(model(id));
  const gradients = Object.entries(outputs).flatMap(([tap, values]) => {
    const [, name] = tap.match(/^gradients\/(.*)/) ?? [];
    return name && wanted.test(name) ? [[name, values] as const] : [];
  });
  const norm = Math.hypot(...gradients.map(([, values]) => Math.hypot(...values)));
  const lossAt = async (distance: number) => {
    const move = gradients.map(([name, values]) => [name, values.map((value) => (value / norm) * distance)] as const);
    return (await lossAndGradients(model(id), Object.fromEntries(move))).total![0]!;
  };
  const distance = 3e-3;
  expect(((await lossAt(distance)) - (await lossAt(-distance))) / (2 * distance * norm)).toBeCloseTo(1, 2);
});

describe("the cosine regulariser", () => {
  it("adds a tenth of the maps' mean similarity to the cross-entropy", async () => {
    const depth = 13;
    const overrides = { depth, cosine: true, reAttentionBlocks: Array.from({ length: depth }, (_, i) => i) };
    const step = makeStep(model("deepvit-32b"), { phase: "train", size: "tiny", batch: 2, overrides });
    const config = configFor(model("deepvit-32b"), { size: "tiny", overrides });
    const request = { phase: "train", batch: 2, random: new Random(1), source: "synthetic" } as const;
    const batch = await model("deepvit-32b").makeBatch(config, request);
    const { outputs } = await runEagerly(step, initialState(step.state, 1), batch);
    const { total, crossEntropy, similarity } = outputs;
    expect(Math.abs(similarity![0]!)).toBeLessThanOrEqual(1);
    expect(similarity![0]).not.toBe(0);
    expect(total![0]).toBeCloseTo(crossEntropy![0]! + 0.1 * similarity![0]!, 5);
  });

  it("needs more blocks that mix than pairs", () => {
    const asked = { overrides: { cosine: true } };
    expect(() => configureDeepViT(small.configs.full, asked)).toThrow(
      "compares 13 blocks, this DeepViT mixes maps in 5",
    );
    expect(configureDeepViT(model("deepvit-32b").configs.full, asked).cosineRegulariser).toEqual({
      weight: 0.1,
      pairs: 12,
    });
  });
});

describe("configure", () => {
  const { full } = small.configs;
  it("keeps the blocks that mix within a changed depth: S its last five, 16B all", () => {
    const blocks = (tested: DeepViTConfig, depth: number) =>
      configureDeepViT(tested, { overrides: { depth } }).reAttentionBlocks;
    expect(blocks(full, 13)).toEqual([11, 12]);
    expect(blocks(full, 20)).toEqual([11, 12, 13, 14, 15]);
    expect(blocks(model("deepvit-16b").configs.full, 17)).toEqual(Array.from({ length: 17 }, (_, i) => i));
  });

  it.each([
    [{ reAttentionBlocks: [16] }, "reAttentionBlocks must be a list of block indices below 16, not [16]"],
    [{ stem: "patch" }, 'this DeepViT has the stem "cnn", not "patch"'],
    [{ residualScale: 0 }, "residualScale must be a number above 0, not 0"],
    [{ batchNorm: { epsilon: 1e-6, momentum: 0.1 } }, "a DeepViT's batch norm has epsilon 1e-5 and momentum 0.1"],
    [{ cosine: 1 }, "cosine must be true or false, not 1"],
  ])("refuses %j", (overrides, message) => expect(() => configureDeepViT(full, { overrides })).toThrow(message));
});
