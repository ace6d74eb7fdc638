import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeTargets } from "./targets.ts";

const golden = JSON.parse(readFileSync(new URL("../goldens/trtr_127_255.json", import.meta.url), "utf8"));

describe("makeTargets", () => {
  it("gives the official code's targets", () => {
    const literal = (name: string) => golden.train.batch.find(([given]: [string]) => given === name)[2].literal;
    const { heatmap, offset, size } = makeTargets(literal("batch.boxes").flat(), literal("batch.valid"), 255);
    const [positive, negative] = golden.train.targets;
    const map = heatmap.subarray(0, 1024);
    expect(map.indexOf(1)).toBe(positive.index);
    expect(map.filter((value) => value > 0)).toHaveLength(positive.heatmapNonZero);
    expect(map.reduce((a, b) => a + b)).toBeCloseTo(positive.heatmapSum, 5);
    const row = 32 * Math.floor(positive.index / 32);
    for (const [column, value] of positive.heatmapRow.entries()) expect(map[row + column]).toBeCloseTo(value, 7);
    for (const k of [0, 1]) expect(offset[k]).toBeCloseTo(positive.offset[k], 8);
    for (const k of [0, 1]) expect(size[k]).toBeCloseTo(positive.size[k], 8);
    expect(heatmap.subarray(1024).some(Boolean)).toBe(negative.heatmapNonZero > 0);
  });

  it("cuts the Gaussian at the map's edges, its peak still 1", () => {
    // 63 pixels, 8 cells: a target of 5 by 5 cells in the first one.
    const { heatmap } = makeTargets([0, 0, 36, 36], [1], 63);
    expect(heatmap[0]).toBe(1);
    expect(Array.from(heatmap.subarray(0, 8), (value) => value > 0)).toEqual([true, true, ...Array(6).fill(false)]);
  });

  it("marks one cell for the smallest targets", () => {
    const { heatmap } = makeTargets([20, 20, 1, 1], [1], 63);
    expect(heatmap.filter((value) => value > 0)).toEqual(Float32Array.of(1));
  });

  it("refuses a centre outside the image, unless the pair is negative", () => {
    expect(() => makeTargets([63, 5, 4, 4], [1], 63)).toThrow("target 0: centre (63, 5) lies outside");
    expect(makeTargets([63, 5, 4, 4], [0], 63).heatmap.some(Boolean)).toBe(false);
  });
});
