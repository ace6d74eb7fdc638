import { type BatchRequest, makeStep, Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { goldenBatch, makeBatch } from "./batch.ts";
import { models } from "./models.ts";

const model = models[0]!;
const { tiny } = model.configs;
const request = (changes: Partial<BatchRequest> = {}): BatchRequest => ({
  phase: "train",
  batch: 2,
  random: new Random(7),
  source: "synthetic",
  ...changes,
});

describe.each(["synthetic", "photographs"] as const)("a %s batch", (source) => {
  it.each(["train", "infer"] as const)("fills every input of %s", async (phase) => {
    const batch = await makeBatch(tiny, request({ source, phase }));
    const { inputs } = makeStep(model, { phase, size: "tiny", batch: 2 });
    const sizes = inputs.map(({ name, shape }) => [name, shape.reduce((product, n) => product * n, 1)]);
    expect(Object.entries(batch).map(([name, values]) => [name, values.length])).toEqual(sizes);
  });

  it("has images in [-1, 1] and follows from the seed", async () => {
    const batch = await makeBatch(tiny, request({ source }));
    for (const name of ["blurred", "sharp"])
      expect(Array.from(batch[name]!).every((value) => Math.abs(value) <= 1 + 1e-6)).toBe(true);
    expect(await makeBatch(tiny, request({ source, random: new Random(7) }))).toEqual(batch);
    expect(await makeBatch(tiny, request({ source, random: new Random(8) }))).not.toEqual(batch);
  });
});

it("a photograph's pair shows the same place, blurred: neighbours differ less", async () => {
  const config = { ...tiny, trainImage: [32, 48] as const, blurLength: 16 };
  const { blurred, sharp } = await makeBatch(config, request({ source: "photographs" }));
  const rough = (image: ArrayLike<number>) => {
    let sum = 0;
    for (let index = 1; index < image.length; index++) if (index % 48) sum += (image[index]! - image[index - 1]!) ** 2;
    return sum;
  };
  expect(rough(blurred!)).toBeLessThan(0.8 * rough(sharp!));
  const power = (values: number[]) => values.reduce((sum, value) => sum + value ** 2, 0);
  const whole = Array.from(sharp!);
  expect(power(Array.from(blurred!, (value, index) => value - whole[index]!))).toBeLessThan(0.2 * power(whole));
});

describe("goldenBatch", () => {
  const image = new Float32Array(3 * 16 * 16);
  const alpha = Float32Array.from({ length: 11 }, (_, index) => index);

  it("hands out five shares an iteration, dropout off", () => {
    const given = { "batch.blurred": image, "batch.sharp": image, "batch.alpha": alpha };
    expect([...goldenBatch(tiny, given, 1e-4, 2).alpha!]).toEqual([5, 6, 7, 8, 9]);
    expect([...goldenBatch(tiny, given, 1e-4, 3).alpha!]).toEqual([10, 10, 10, 10, 10]);
    expect(goldenBatch(tiny, given, 1e-4, 1)).toMatchObject({ dropout: Float32Array.of(0), step: Float32Array.of(1) });
  });

  it("names what is missing", () => {
    expect(() => goldenBatch(tiny, { "batch.sharp": image }, 1, 1)).toThrow("batch.alpha, not batch.sharp");
  });
});
