import { makeStep, Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { goldenV2Batch, makeV2Batch } from "./v2-batch.ts";
import { v2Models } from "./v2-models.ts";

const model = v2Models.find(({ id }) => id === "deblurgan-v2-mobilenet")!;
const { tiny } = model.configs;

describe.each(["synthetic", "photographs"] as const)("a %s batch", (source) => {
  it.each([
    ["train", "ragan-ls"],
    ["train", "wgan-gp"],
    ["train", "mean-square"],
    ["infer", "ragan-ls"],
  ] as const)("fills every input of %s for %s", async (phase, trainObjective) => {
    const request = { phase, batch: 2, random: new Random(7), source };
    const batch = await makeV2Batch(model.configure(tiny, { trainObjective }), request);
    const { inputs } = makeStep(model, { phase, size: "tiny", batch: 2, trainObjective });
    const sizes = inputs.map(({ name, shape }) => [name, shape.reduce((product, n) => product * n, 1)]);
    expect(Object.entries(batch).map(([name, values]) => [name, values.length])).toEqual(sizes);
    expect(batch.blurred!.every((value) => Math.abs(value) <= 1 + 1e-6)).toBe(true);
  });
});

describe("goldenV2Batch", () => {
  const images = { "batch.blurred": new Float32Array(12), "batch.sharp": new Float32Array(12) };
  const alpha = Float32Array.of(0.1, 0.2, 0.3);

  it("passes the images on, and two shares an iteration where there is a penalty", () => {
    expect(Object.keys(goldenV2Batch(tiny, images, 1e-4, 1))).toEqual(["blurred", "sharp", "learningRate", "step"]);
    const penalised = { ...tiny, objective: "wgan-gp" } as const;
    const second = goldenV2Batch(penalised, { ...images, "batch.alpha": alpha }, 1e-4, 2);
    expect(second.alpha).toEqual(Float32Array.of(0.3, 0.3));
    expect(() => goldenV2Batch(penalised, images, 1, 1)).toThrow("batch.sharp and batch.alpha, not batch.blurred");
  });

  it("names what is missing", () => {
    expect(() => goldenV2Batch(tiny, { "batch.sharp": new Float32Array(1) }, 1, 1)).toThrow("not batch.sharp");
  });
});
