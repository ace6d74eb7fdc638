import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { normalImages, uniformImages } from "./index.ts";

function moments(values: Float32Array): { mean: number; variance: number; kurtosis: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const central = (power: number) => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  return { mean, variance: central(2), kurtosis: central(4) / central(2) ** 2 };
}

const share = (values: Float32Array, holds: (value: number) => boolean) => values.filter(holds).length / values.length;

describe.each([
  ["normalImages", normalImages],
  ["uniformImages", uniformImages],
])("%s", (_, fill) => {
  test("the same seed gives the same values, another seed others; odd counts are filled", () => {
    const shape = [1, 3, 5, 7];
    const values = fill(new Random(1), shape);
    expect(values.length).toBe(105);
    expect(values.at(-1)).not.toBe(0);
    expect(fill(new Random(1), shape)).toEqual(values);
    expect(fill(new Random(2), shape)).not.toEqual(values);
  });

  test("neighbours are uncorrelated, next to each other and two apart", () => {
    const values = fill(new Random(3), [200_000]);
    const { mean, variance } = moments(values);
    for (const lag of [1, 2]) {
      const products = values.subarray(lag).map((value, index) => (value - mean) * (values[index]! - mean));
      expect(Math.abs(moments(products).mean / variance)).toBeLessThan(0.01);
    }
  });

  test("no values for a shape with a zero", () => {
    expect(fill(new Random(1), [2, 0, 4]).length).toBe(0);
  });
});

test("normalImages follows the standard normal distribution", () => {
  const values = normalImages(new Random(4), [2, 3, 300, 300]);
  const { mean, variance, kurtosis } = moments(values);
  expect(mean).toBeCloseTo(0, 2);
  expect(variance).toBeCloseTo(1, 2);
  expect(kurtosis).toBeCloseTo(3, 1);
  // Tabled values of the normal distribution function.
  expect(share(values, (value) => value < 0)).toBeCloseTo(0.5, 2);
  expect(share(values, (value) => Math.abs(value) < 1)).toBeCloseTo(0.6827, 2);
  expect(share(values, (value) => value < -1.959964)).toBeCloseTo(0.025, 3);
  expect(share(values, (value) => value > 2.575829)).toBeCloseTo(0.005, 3);
  expect(values.every((value) => Math.abs(value) < 4.33)).toBe(true);
});

test("uniformImages fills its range evenly", () => {
  const values = uniformImages(new Random(5), [2, 3, 200, 200], 10, 14);
  const { mean, variance } = moments(values);
  expect(mean).toBeCloseTo(12, 1);
  expect(variance).toBeCloseTo(16 / 12, 1);
  expect(values.every((value) => value >= 10 && value <= 14)).toBe(true);
  for (const quarter of [10, 11, 12, 13])
    expect(share(values, (value) => value >= quarter && value < quarter + 1)).toBeCloseTo(0.25, 2);
});
