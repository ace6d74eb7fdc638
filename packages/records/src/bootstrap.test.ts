import { expect, test } from "vitest";
import { blockHalfWidth } from "./bootstrap.ts";

/** Normal-like noise from a small seeded generator, each value with a share of the one before. */
const noise = (count: number, keep: number, seed = 1): number[] => {
  let state = seed;
  const uniform = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let last = 0;
  return Array.from({ length: count }, () => {
    const fresh = Array.from({ length: 12 }, uniform).reduce((a, b) => a + b) - 6;
    last = keep * last + Math.sqrt(1 - keep ** 2) * fresh;
    return last;
  });
};
const samples = (count: number, keep: number, sd = 2) => noise(count, keep).map((value) => 100 + sd * value);

test("too few samples give no width, equal ones none", () => {
  expect(blockHalfWidth([1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeNull();
  expect(blockHalfWidth(Array.from({ length: 10 }, () => 5))).toBe(0);
});

test("independent samples: about 1.96 · 1.2533 · sd / √n of the median", () => {
  const expected = (1.96 * 1.2533 * 0.02) / Math.sqrt(400);
  const found = blockHalfWidth(samples(400, 0))!;
  expect(found).toBeGreaterThan(expected / 1.5);
  expect(found).toBeLessThan(expected * 1.5);
  expect(blockHalfWidth(samples(400, 0))).toBe(found);
});

test("samples that follow their neighbours are trusted less than independent ones of the same spread", () => {
  expect(blockHalfWidth(samples(400, 0.8))!).toBeGreaterThan(1.4 * blockHalfWidth(samples(400, 0))!);
});

test("more samples, a narrower interval; scale does not matter", () => {
  expect(blockHalfWidth(samples(1600, 0))!).toBeLessThan(0.7 * blockHalfWidth(samples(400, 0))!);
  const scaled = samples(100, 0).map((value) => value * 1000);
  expect(blockHalfWidth(scaled)).toBeCloseTo(blockHalfWidth(samples(100, 0))!, 12);
});
