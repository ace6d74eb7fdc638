import { Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { mix } from "./mix.ts";

const [batch, side] = [2, 8];

/** Two plain images, 0 and 1, of classes 0 and 1. */
function mixed(seed: number, alphas = { mixup: 0.8, cutmix: 1 }) {
  const images = new Float32Array(batch * 3 * side * side).fill(1, 3 * side * side);
  const targets = Float32Array.of(1, 0, 0, 1);
  mix(images, targets, { batch, side, random: new Random(seed), ...alphas });
  const first = images.subarray(0, 3 * side * side);
  return { images, targets, first, cut: images.every((value) => value === 0 || value === 1) };
}

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

describe("mix", () => {
  it("gives each class the share of the image that its pixels fill", () => {
    for (const seed of seeds) {
      const { first, targets } = mixed(seed);
      expect(first.reduce((a, b) => a + b) / first.length).toBeCloseTo(targets[1]!, 5);
      expect(targets[0]! + targets[1]!).toBeCloseTo(1, 6);
      expect(targets[2]! + targets[3]!).toBeCloseTo(1, 6);
    }
  });

  it("cuts in about half of the batches, one box at the same place in all planes and both images", () => {
    const cuts = seeds.map((seed) => mixed(seed)).filter(({ cut }) => cut);
    expect(cuts.length).toBeGreaterThan(60);
    expect(cuts.length).toBeLessThan(140);
    for (const { images } of cuts) {
      const plane = (index: number) => images.subarray(index * side * side, (index + 1) * side * side);
      for (const index of [1, 2]) expect(plane(index)).toEqual(plane(0));
      for (const index of [3, 4, 5]) expect(plane(index)).toEqual(plane(0).map((value) => 1 - value));
    }
  });

  it("leaves a method with α = 0 out", () => {
    const cuts = (alphas: { mixup: number; cutmix: number }) => seeds.filter((seed) => mixed(seed, alphas).cut).length;
    expect(cuts({ mixup: 0, cutmix: 1 })).toBe(seeds.length);
    expect(cuts({ mixup: 0.8, cutmix: 0 })).toBe(0);
    expect(mixed(1, { mixup: 0, cutmix: 0 }).targets).toEqual(Float32Array.of(1, 0, 0, 1));
  });
});
