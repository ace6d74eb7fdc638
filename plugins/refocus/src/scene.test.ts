import { Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { blurByDisc, halve } from "./planes.ts";
import { depthOf, drawScene, photograph } from "./scene.ts";

const size = [24, 40] as const;

/** Differences of neighbours, squared, where `where` holds for both. */
function roughness(data: Float32Array, where: (index: number) => boolean): number {
  const area = size[0] * size[1];
  let sum = 0;
  for (let index = 1; index < data.length; index++)
    if (index % size[1] && where(index % area) && where((index - 1) % area))
      sum += (data[index]! - data[index - 1]!) ** 2;
  return sum;
}

describe("a lens", () => {
  it("keeps sharp what is in focus and blurs the rest, the background most", async () => {
    const scene = await drawScene(size, new Random(3));
    const { depth, foreground } = depthOf(scene);
    const nearest = Math.max(...depth);
    const background = (index: number) => foreground[index] === 0;
    const [sharp, near, far] = [
      photograph(scene, 0, 0),
      photograph(scene, nearest, 4),
      photograph(scene, 0, 4),
    ] as const;
    expect(roughness(near.data, background)).toBeLessThan(0.7 * roughness(sharp.data, background));
    expect(roughness(far.data, background)).toBeGreaterThan(0.8 * roughness(sharp.data, background));
    expect([...sharp.data, ...near.data].every((value) => value >= 0 && value <= 1 + 1e-6)).toBe(true);
  });

  it("sees inverse depths in [0, 1], 0 in the background alone", async () => {
    const { depth, foreground } = depthOf(await drawScene(size, new Random(4)));
    expect(depth.every((value, index) => value > 0 === (foreground[index] === 1) && value <= 1)).toBe(true);
    expect(foreground).toContain(0);
    expect(foreground).toContain(1);
  });
});

describe("blurByDisc", () => {
  it("spreads a point over a disc, light preserved, edges repeated", () => {
    const data = new Float32Array(49);
    data[3 * 7 + 3] = 1;
    const blurred = blurByDisc({ size: [7, 7], data }, 1.5).data;
    // Radius 1.5: rows of 3, 3 and 3 pixels.
    const inside = (row: number, column: number) => Math.max(Math.abs(row - 3), Math.abs(column - 3)) <= 1;
    for (let index = 0; index < 49; index++)
      expect(blurred[index]).toBeCloseTo(inside(Math.floor(index / 7), index % 7) ? 1 / 9 : 0, 6);
    const flat = blurByDisc({ size: [2, 3], data: new Float32Array(6).fill(0.5) }, 2).data;
    for (const value of flat) expect(value).toBeCloseTo(0.5, 6);
  });
});

it("halve takes means of 2x2 pixels and leaves out an odd end", () => {
  const data = Float32Array.from({ length: 2 * 3 * 5 }, (_, index) => index);
  const half = halve({ size: [3, 5], data });
  expect(half.size).toEqual([1, 2]);
  expect([...half.data]).toEqual([3, 5, 18, 20]);
});
