import { type BatchRequest, makeStep, Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configure } from "./config.ts";
import { models } from "./models.ts";

const [deeplens, depth] = models as [(typeof models)[0], (typeof models)[0]];
const request = (changes: Partial<BatchRequest> = {}): BatchRequest => ({
  phase: "train",
  batch: 2,
  random: new Random(7),
  source: "synthetic",
  ...changes,
});

describe.each(["synthetic", "photographs"] as const)("a batch of %s", (source) => {
  it.each([
    [deeplens, "pipeline"],
    [deeplens, "lensblur"],
    [deeplens, "sr"],
    [deeplens, "depth"],
    [depth, "depth"],
  ] as const)("fills every input of $id, part %s", async (model, part) => {
    const config = configure(model.configs.tiny, { part });
    for (const phase of ["train", "infer"] as const) {
      const batch = await makeBatch(config, request({ source, phase }));
      const { inputs } = makeStep(model, { phase, size: "tiny", batch: 2, part });
      const sizes = inputs.map(({ name, shape }) => [name, shape.reduce((product, n) => product * n, 1)]);
      expect(Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, values.length]))).toEqual(
        Object.fromEntries(sizes),
      );
    }
  });

  it("follows from the seed", async () => {
    const config = deeplens.configs.tiny;
    const batch = await makeBatch(config, request({ source }));
    expect(await makeBatch(config, request({ source, random: new Random(7) }))).toEqual(batch);
    expect(await makeBatch(config, request({ source, random: new Random(8) }))).not.toEqual(batch);
  });
});

describe("goldenBatch", () => {
  const image = new Float32Array(2 * 3 * 64 * 64);
  const target = new Float32Array(2 * 64 * 64);

  it("switches dropout off and counts every sample", () => {
    const config = configure(deeplens.configs.tiny, { part: "depth" });
    expect(goldenBatch(config, { "batch.image": image, "batch.target": target }, 1e-4, 3)).toMatchObject({
      image,
      target,
      hasDepth: Float32Array.of(1, 1),
      dropout: Float32Array.of(0),
      learningRate: Float32Array.of(1e-4),
      step: Float32Array.of(3),
    });
  });

  it("names what is missing", () => {
    expect(() => goldenBatch(deeplens.configs.tiny, { "batch.low": image }, 1, 1)).toThrow(
      "lacks batch.mid, batch.depth, batch.targetLow, batch.targetMid",
    );
  });
});
