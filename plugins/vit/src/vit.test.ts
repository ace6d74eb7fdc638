import { type Arrays, configFor, initialState, makeStep, Random } from "@epochmark/plugin-kit";
import { relativeError, runEagerly } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import plugin from "./index.ts";

const model = plugin.models[0]!;
const config = configFor(model, { size: "tiny" });
const step = (phase: "train" | "infer", taps = false) => makeStep(model, { phase, size: "tiny", batch: 2, taps });

async function trainBatch(changes: Arrays = {}): Promise<Arrays> {
  const request = { phase: "train", batch: 2, random: new Random(1), source: "synthetic" } as const;
  return { ...(await model.makeBatch(config, request)), ...changes };
}

const zero = (values: ArrayLike<number>) => Array.from(values).every((value) => value === 0);

describe("vit", () => {
  it("gives each image its own logits", async () => {
    const state = initialState(step("infer").state, 0);
    const { input } = await trainBatch();
    const { outputs } = await runEagerly(step("infer"), state, { input: input! });
    const swapped = Float32Array.from([
      ...input!.subarray(input!.length / 2),
      ...input!.subarray(0, input!.length / 2),
    ]);
    const { outputs: after } = await runEagerly(step("infer"), state, { input: swapped });
    const { classes } = config;
    expect(outputs.logits).toHaveLength(2 * classes);
    expect(after.logits!.subarray(0, classes)).toEqual(outputs.logits!.subarray(classes));
  });

  it("trains every parameter with every path kept", async () => {
    const { state } = step("train");
    const dropPath = new Float32Array(config.depth * 2 * 2).fill(1);
    const { outputs } = await runEagerly(step("train", true), initialState(state, 0), await trainBatch({ dropPath }));
    const still = state.filter(({ name, kind }) => kind === "parameter" && zero(outputs[`gradients/${name}`]!));
    expect(still.map(({ name }) => name)).toEqual([]);
  });

  it("skips the branches that drop path drops, and only these", async () => {
    // The second block's MLP is dropped in both images.
    const dropPath = Float32Array.from([1, 1, 1, 1, 1, 1, 0, 0]);
    const { state } = step("train");
    const { outputs } = await runEagerly(step("train", true), initialState(state, 0), await trainBatch({ dropPath }));
    const still = state.filter(({ name, kind }) => kind === "parameter" && zero(outputs[`gradients/${name}`]!));
    expect(still.map(({ name }) => name)).toEqual([
      "blocks.1.norm2.weight",
      "blocks.1.norm2.bias",
      "blocks.1.mlp.fc1.weight",
      "blocks.1.mlp.fc1.bias",
      "blocks.1.mlp.fc2.weight",
      "blocks.1.mlp.fc2.bias",
    ]);
  });

  it("decays matrices only", async () => {
    const { state } = step("train");
    const start = initialState(state, 0);
    const decayFree = makeStep(model, { phase: "train", size: "tiny", batch: 2, optimizer: { weightDecay: 0 } });
    const batch = await trainBatch({ learningRate: Float32Array.of(0.1) });
    const decayed = await runEagerly(step("train"), start, batch);
    const plain = await runEagerly(decayFree, start, batch);
    const changed = state.filter(({ name }) => relativeError(decayed.state[name]!, plain.state[name]!) > 0);
    expect(changed.map(({ name }) => name)).toEqual([
      "patch_embed.proj.weight",
      ...[0, 1].flatMap((block) =>
        ["attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"].map((layer) => `blocks.${block}.${layer}.weight`),
      ),
      "head.weight",
    ]);
  });
});
