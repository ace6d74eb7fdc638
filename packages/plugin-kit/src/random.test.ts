import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

const draws = (seed: number, stream: string, count: number) => {
  const random = new Random(seed, stream);
  return Array.from({ length: count }, () => random.uint32());
};

describe("Random", () => {
  it("is the golden files' stream of numbers: FNV-1a of seed:name, then mulberry32", () => {
    expect(draws(1, "input", 4)).toEqual([4283825084, 4203364717, 3206790154, 3288840684]);
    expect(draws(1, "pos_embed", 4)).toEqual([3794632138, 3669540406, 1055231673, 1647911799]);
  });

  it("draws in [low, high)", () => {
    const random = new Random(3);
    const values = Array.from({ length: 10_000 }, () => random.uniform(-2, 5));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThan(5);
    expect(new Set(Array.from({ length: 100 }, () => random.integer(3)))).toEqual(new Set([0, 1, 2]));
  });

  it.each([
    ["one by one", (random: Random) => Array.from({ length: 40_001 }, () => random.normal(2, 0.5))],
    ["at once", (random: Random) => Array.from(random.normals(40_001, 2, 0.5))],
  ])("draws normal numbers of the asked mean, deviation and tails, %s", (_, draw) => {
    const values = draw(new Random(4));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const share = (sigmas: number) => values.filter((value) => value > 2 + 0.5 * sigmas).length / values.length;
    expect(values).toHaveLength(40_001);
    expect(mean).toBeCloseTo(2, 1);
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
    expect(share(1)).toBeCloseTo(0.1587, 2);
    expect(share(2)).toBeCloseTo(0.0228, 2);
  });

  it("draws at once what lies beyond the ziggurat's last edge, and every part of the curve, as often as the normal law says", () => {
    const values = new Random(6).normals(1_000_000);
    const share = (low: number, high: number) => values.filter((x) => Math.abs(x) >= low && Math.abs(x) < high).length;
    // Two-sided masses of the normal law, times a million; four standard deviations of the count around each.
    const masses = [
      [0, 0.5, 382_925],
      [0.5, 1, 299_764],
      [1, 2, 271_810],
      [2, 3, 42_800],
      [3, 3.442619855899, 2124],
      [3.442619855899, 4, 512.9],
      [4, Infinity, 63.3],
    ] as const;
    for (const [low, high, expected] of masses)
      expect(Math.abs(share(low, high) - expected), `${low} to ${high}`).toBeLessThan(4 * Math.sqrt(expected));
    expect(values.filter((x) => x > 3.442619855899).length).toBeGreaterThan(200);
    expect(values.filter((x) => x < -3.442619855899).length).toBeGreaterThan(200);
  });

  it.each([0.2, 0.8, 1, 3])("draws beta(%s, %s) numbers of mean 1/2 and variance 1 / (4 (2 alpha + 1))", (alpha) => {
    const random = new Random(5);
    const values = Array.from({ length: 40_000 }, () => random.beta(alpha));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance * 4 * (2 * alpha + 1)).toBeCloseTo(1, 1);
  });
});
