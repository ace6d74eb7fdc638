import { type Arrays, initialState, makeStep, Random, type StepRequest } from "@epochmark/plugin-kit";
import { runEagerly } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { model } from "./model.ts";

const { tiny } = model.configs;
const batch = 2;
const step = (phase: "train" | "infer", request: Partial<StepRequest> = {}) =>
  makeStep(model, { phase, size: "tiny", batch, ...request });
const fresh = initialState(step("train").state, 0);
const images = (side: number) => [batch, 3, side, side];

async function trainBatch(changes: Arrays = {}): Promise<Arrays> {
  const request = { phase: "train", batch, random: new Random(1), source: "synthetic" } as const;
  return { ...(await model.makeBatch(tiny, request)), ...changes };
}

describe("inference", () => {
  it("by template and tracked frames is inference by the pair", async () => {
    const { template, search } = (await trainBatch()) as { template: Float32Array; search: Float32Array };
    const shapes = { template: images(31), search: images(63) };
    const pair = await runEagerly(step("infer", { shapes }), fresh, { template, search });
    const first = await runEagerly(step("infer", { shapes: { template: images(31) } }), fresh, { template });
    const tracked = await runEagerly(step("infer"), fresh, { memory: first.outputs.memory!, search });
    expect(tracked.outputs).toEqual(pair.outputs);
    expect(Object.entries(pair.outputs).map(([name, values]) => [name, values.length])).toEqual([
      ["pred_heatmap", 128],
      ["pred_bbox_reg", 256],
      ["pred_bbox_wh", 256],
    ]);
  });

  it("takes search images of any size", async () => {
    const search = new Random(2).normals(batch * 3 * 90 ** 2);
    const memory = new Random(3).normals(batch * 16 * tiny.dim);
    const shapes = { memory: [batch, 16, tiny.dim], search: images(90) };
    const { outputs } = await runEagerly(step("infer", { shapes }), fresh, { memory, search });
    expect(outputs.pred_heatmap).toHaveLength(batch * 12 ** 2);
  });
});

describe("the train step", () => {
  it("moves every trained tensor and nothing of the frozen ones", async () => {
    const optimizer = { weightDecay: 0 };
    const { state } = await runEagerly(step("train", { optimizer }), fresh, await trainBatch());
    const specs = step("train").state.filter(({ kind }) => kind !== "slot");
    const moved = specs.filter(({ name }) => state[name]!.some((value, index) => value !== fresh[name]![index]));
    expect(moved.map(({ name }) => name)).toEqual(specs.filter(({ trainable }) => trainable).map(({ name }) => name));
  });

  it("clips all gradients together: a smaller limit moves less once epsilon counts", async () => {
    const length = async (clip: number) => {
      const optimizer = { clip: { globalNorm: clip }, epsilon: 1, weightDecay: 0 };
      const { state } = await runEagerly(step("train", { optimizer }), fresh, await trainBatch());
      const name = "heatmap_embed.weight";
      return Math.hypot(...state[name]!.map((value, index) => value - fresh[name]![index]!));
    };
    expect((await length(0.01)) / (await length(0.1))).toBeCloseTo(0.1, 2);
  });

  it("moves the backbone at a tenth of the others' rate: Adam's first step has the length of its rate", async () => {
    const optimizer = { weightDecay: 0 };
    const inputs = await trainBatch({ learningRate: Float32Array.of(0.01) });
    const { state } = await runEagerly(step("train", { optimizer }), fresh, inputs);
    const longest = (name: string) =>
      Math.max(...state[name]!.map((value, index) => Math.abs(value - fresh[name]![index]!)));
    expect(longest("backbone.0.body.layer3.0.conv2.weight")).toBeCloseTo(0.001, 4);
    expect(longest("input_projs.0.weight")).toBeCloseTo(0.01, 4);
  });

  it("drops by the seeds, and not at rate 0", async () => {
    const loss = async (rate: number, seed: number) => {
      const changes = { dropout: Float32Array.of(rate), seeds: Int32Array.from({ length: 10 }, (_, k) => seed + k) };
      return (await runEagerly(step("train"), fresh, await trainBatch(changes))).outputs.total![0]!;
    };
    const [none, noneAgain, some, other] = [await loss(0, 1), await loss(0, 9), await loss(0.1, 1), await loss(0.1, 9)];
    expect(noneAgain).toBe(none);
    expect(new Set([none, some, other]).size).toBe(3);
  });
});
