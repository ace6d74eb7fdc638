import { type BatchRequest, makeStep, Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { goldenBatch, makeBatch } from "./batch.ts";
import { models } from "./models.ts";

const model = models[1]!;
const { tiny, full } = model.configs;

const request = (changes: Partial<BatchRequest> = {}): BatchRequest => ({
  phase: "train",
  batch: 4,
  random: new Random(7),
  source: "synthetic",
  ...changes,
});

describe.each(["synthetic", "photographs"] as const)("a %s batch", (source) => {
  it.each(["train", "infer"] as const)("fills every input of %s", async (phase) => {
    const batch = await makeBatch(tiny, request({ source, phase }));
    const { inputs } = makeStep(model, { phase, size: "tiny", batch: 4 });
    const sizes = inputs.map(({ name, shape }) => [name, shape.reduce((product, n) => product * n, 1)]);
    expect(Object.entries(batch).map(([name, values]) => [name, values.length])).toEqual(sizes);
    expect(Object.values(batch).every((values) => values.every(Number.isFinite))).toBe(true);
  });

  it("follows from the seed", async () => {
    const again = request({ source, random: new Random(7) });
    expect(await makeBatch(tiny, request({ source }))).toEqual(await makeBatch(tiny, again));
    const other = await makeBatch(tiny, request({ source, random: new Random(8) }));
    expect(other.input).not.toEqual((await makeBatch(tiny, request({ source }))).input);
  });

  it("has targets that sum to 1 for each image", async () => {
    const { targets } = await makeBatch(tiny, request({ source }));
    for (let row = 0; row < 4; row++) {
      const shares = Array.from(targets!.subarray(row * tiny.classes, (row + 1) * tiny.classes));
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });
});

describe("makeBatch", () => {
  it("drops paths at a rate that rises linearly from 0 in the first block", async () => {
    const config = { ...tiny, depth: 5, dropPath: 0.4 };
    const batch = 4000;
    const { dropPath } = await makeBatch({ ...config, imageSize: 1 }, request({ batch }));
    const rates = Array.from({ length: 10 }, (_, branch) => {
      const factors = dropPath!.subarray(branch * batch, (branch + 1) * batch);
      return factors.filter((factor) => factor === 0).length / batch;
    });
    const expected = [0, 0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4];
    for (const [branch, rate] of rates.entries()) expect(Math.abs(rate - expected[branch]!)).toBeLessThan(0.03);
    expect(rates[0]).toBe(0);
  });

  it("states the step and the recipe's learning rate there", async () => {
    const config = { ...tiny, schedule: full.schedule };
    const first = await makeBatch(config, request());
    expect([first.step, first.learningRate]).toEqual([Float32Array.of(1), Float32Array.of(1e-6)]);
    const later = await makeBatch(config, request({ step: 150 * 1251 + 1 }));
    expect([...later.step!]).toEqual([187_651]);
    expect(later.learningRate![0]).toBeCloseTo(5.05e-4, 9);
  });
});

describe("goldenBatch", () => {
  it("smooths the labels and keeps every path", () => {
    const input = new Float32Array(2 * 3 * 32 * 32);
    const batch = goldenBatch(tiny, { "batch.input": input, "batch.labels": Int32Array.of(3, 0) }, 1e-3, 2);
    expect(batch.input).toBe(input);
    expect(batch.targets![3]).toBeCloseTo(0.91, 6);
    expect(batch.targets![4]).toBeCloseTo(0.01, 6);
    expect(batch.dropPath).toEqual(new Float32Array(8).fill(1));
    expect([batch.learningRate, batch.step]).toEqual([Float32Array.of(1e-3), Float32Array.of(2)]);
  });

  it("names what is missing", () => {
    expect(() => goldenBatch(tiny, { input: new Float32Array(1) }, 1, 1)).toThrow(
      "needs batch.input and batch.labels, not input",
    );
  });
});
