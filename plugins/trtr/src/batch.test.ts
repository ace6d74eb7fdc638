import { type BatchRequest, makeStep, Random } from "@epochmark/plugin-kit";
import { relativeError } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { goldenBatch, makeBatch } from "./batch.ts";
import { model } from "./model.ts";
import { photographPairs, syntheticPairs } from "./pairs.ts";

const { tiny } = model.configs;
const request = (changes: Partial<BatchRequest> = {}): BatchRequest => ({
  phase: "train",
  batch: 4,
  random: new Random(7),
  source: "synthetic",
  ...changes,
});

describe.each(["synthetic", "photographs"] as const)("a %s batch", (source) => {
  it.each([
    ["train", undefined],
    ["infer", undefined],
    ["infer", { template: [4, 3, 31, 31] }],
    ["infer", { template: [4, 3, 31, 31], search: [4, 3, 80, 80] }],
    ["infer", { template: [4, 3, 31, 31], templatePositions: [16, 32] }],
    ["infer", { memory: [4, 16, 32], search: [4, 3, 63, 63], templateInside: [16] }],
    ["infer", { crops: [4, 3, 63, 63], average: [3, 8] }],
    ["infer", { memory: [4, 16, 32], search: [4, 3, 63, 63], "filter.layer2": [1, 4, 4, 4], average: [3, 8] }],
    ["online", { layer2: [4, 3, 3, 4], labels: [4, 3, 3] }],
  ] as const)("fills every input of %s with inputs %o", async (phase, shapes) => {
    const asked = { ...(shapes && { shapes: shapes as unknown as Record<string, number[]> }) };
    const { inputs } = makeStep(model, { phase, size: "tiny", batch: 4, ...asked });
    const batch = await makeBatch(model.configure(tiny, asked), request({ source, phase }));
    const sizes = inputs.map(({ name, shape }) => [name, shape.reduce((product, n) => product * n, 1)]);
    expect(Object.entries(batch).map(([name, values]) => [name, values.length])).toEqual(sizes);
    expect(Object.values(batch).every((values) => values.every(Number.isFinite))).toBe(true);
  });

  it("follows from the seed", async () => {
    const again = request({ source, random: new Random(7) });
    expect(await makeBatch(tiny, request({ source }))).toEqual(await makeBatch(tiny, again));
    const other = await makeBatch(tiny, request({ source, random: new Random(8) }));
    expect(other.search).not.toEqual((await makeBatch(tiny, request({ source }))).search);
  });
});

it("shows the target of a photograph in both crops, at the box's centre and size", async () => {
  const side = tiny.trainSearch;
  const batch = 40;
  const { template, search, boxes, valid } = await photographPairs(tiny, batch, new Random(3));
  // Mean colour of the inner third of the target in either crop.
  const colours = (images: Float32Array, width: number, boxOf: (index: number) => number[]) =>
    Float32Array.from({ length: batch * 3 }, (_, plane) => {
      const [x, y, w, h] = boxOf(Math.floor(plane / 3)) as [number, number, number, number];
      const seen: number[] = [];
      for (let row = Math.ceil(y - h / 6); row < y + h / 6; row++)
        for (let column = Math.ceil(x - w / 6); column < x + w / 6; column++)
          seen.push(images[(plane * width + row) * width + column]!);
      return seen.reduce((a, b) => a + b) / seen.length;
    });
  const inTemplate = colours(template, tiny.template, () => [tiny.template / 2, tiny.template / 2, 16, 16]);
  const inSearch = colours(search, side, (index) => Array.from(boxes.subarray(4 * index, 4 * index + 4)));
  const of = (colour: Float32Array, wanted: number) =>
    colour.filter((_, plane) => valid[Math.floor(plane / 3)] === wanted);
  expect(relativeError(of(inSearch, 1), of(inTemplate, 1))).toBeLessThan(0.4);
  expect(relativeError(of(inSearch, 0), of(inTemplate, 0))).toBeGreaterThan(0.7);
});

it("draws targets as the recipe does: one in five pairs negative, contexts the template's size, centres in the middle half", () => {
  const config = { ...model.configs.full, template: 1, trainSearch: 2 };
  const count = 5000;
  const { boxes, valid } = syntheticPairs(config, count, new Random(2));
  expect(valid.reduce((a, b) => a + b) / count).toBeCloseTo(0.8, 1);
  const box = (index: number) =>
    Array.from(boxes.subarray(4 * index, 4 * index + 4)) as [number, number, number, number];
  const contexts = Array.from({ length: count }, (_, index) => {
    const [, , w, h] = box(index);
    return Math.sqrt((w + (w + h) / 2) * (h + (w + h) / 2)) / config.template;
  });
  expect(Math.min(...contexts)).toBeGreaterThan(0.82);
  expect(Math.max(...contexts)).toBeLessThan(1.18);
  const centres = Array.from({ length: count }, (_, index) => box(index)[0] / config.trainSearch);
  expect(Math.min(...centres)).toBeCloseTo(0.5 - 64 / 255, 2);
  expect(Math.max(...centres)).toBeCloseTo(0.5 + 64 / 255, 2);
});

it("gives each dropout a seed of its own, and the recipe's rate of learning and dropping", async () => {
  const batch = await makeBatch(tiny, request({ step: 3 }));
  expect(new Set(batch.seeds).size).toBe(10);
  expect([batch.dropout, batch.step]).toEqual([Float32Array.of(0.1), Float32Array.of(3)]);
  expect(batch.learningRate).toEqual(Float32Array.of(tiny.schedule.peak));
});

describe("goldenBatch", () => {
  const given = {
    "batch.template": new Float32Array(3 * 31 ** 2),
    "batch.search": new Float32Array(3 * 63 ** 2),
    "batch.boxes": Float32Array.of(31, 31, 16, 16),
    "batch.valid": Float32Array.of(1),
  };

  it("drops nothing", () => {
    const batch = goldenBatch(tiny, given, 1e-3, 2);
    expect(batch.search).toBe(given["batch.search"]);
    expect(batch.dropout).toEqual(Float32Array.of(0));
    expect([batch.learningRate, batch.step]).toEqual([Float32Array.of(1e-3), Float32Array.of(2)]);
    expect(batch.heatmap!.indexOf(1)).toBe(3 * 8 + 3);
  });

  it("names what is missing", () => {
    expect(() => goldenBatch(tiny, { x: new Float32Array(1) }, 1, 1)).toThrow("batch.valid, not x");
  });
});
