import { Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { blur, drawBlurKernel } from "./motion-blur.ts";

const draws = Array.from({ length: 20 }, (_, seed) => drawBlurKernel(new Random(seed, "blur"), 12));
const mean = (of: "dx" | "dy", { offsets }: (typeof draws)[number]) =>
  offsets.reduce((sum, offset) => sum + offset.weight * offset[of], 0);

describe("drawBlurKernel", () => {
  it("keeps brightness and place: weights are positive, sum to 1, and their mean is the middle", () => {
    for (const kernel of draws) {
      expect(kernel.offsets.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
      expect(kernel.offsets.every(({ weight }) => weight >= 0)).toBe(true);
      expect(mean("dx", kernel)).toBeCloseTo(0, 9);
      expect(mean("dy", kernel)).toBeCloseTo(0, 9);
    }
  });

  it("reaches no further than the path is long, and blurs for real", () => {
    for (const { radius, offsets } of draws) {
      expect(radius).toBeLessThanOrEqual(12);
      expect(offsets.filter(({ weight }) => weight > 0.01).length).toBeGreaterThan(4);
    }
  });

  it("follows from the seed", () => {
    expect(drawBlurKernel(new Random(3, "blur"), 12)).toEqual(draws[3]);
    expect(draws[3]).not.toEqual(draws[4]);
  });
});

describe("blur", () => {
  const kernel = {
    radius: 1,
    offsets: [
      { dx: -1, dy: 0, weight: 0.25 },
      { dx: 1, dy: 1, weight: 0.75 },
    ],
  };

  it("adds up the moved image, channel by channel, and cuts the margin off", () => {
    const planes = Float32Array.from({ length: 2 * 16 }, (_, index) => index);
    // The middle 2 x 2 of 4 x 4: index 5 reads 4 and 10.
    expect([...blur(planes, 2, 1, kernel)]).toEqual([5, 6, 9, 10, 21, 22, 25, 26].map((index) => index + 3.5));
  });

  it("refuses a margin that the kernel leaves", () => {
    expect(() => blur(new Float32Array(4), 2, 0, kernel)).toThrow("a blur of radius 1 needs a margin as wide, not 0");
  });
});
