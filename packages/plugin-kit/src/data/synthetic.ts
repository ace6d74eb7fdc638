import type { Random } from "../random.ts";

/** Size of the table of normal quantiles: one 32-bit draw picks two of them. */
const QUANTILES = 2 ** 16;

/**
 * Random pixels for a synthetic batch, in `shape` (e.g. `[N, 3, H, W]`), row-major. Each value is one of
 * the 65,536 quantiles of the standard normal distribution at (k + 0.5) / 65,536, all equally likely and
 * independent, scaled together so that the variance is exactly 1: mean 0, all magnitudes below 4.33.
 * A table, because a benchmark's batch has tens of millions of values.
 */
export function normalImages(random: Random, shape: readonly number[]): Float32Array {
  const values = new Float32Array(count(shape));
  table ??= quantiles();
  const even = values.length - (values.length % 2);
  for (let index = 0; index < even; index += 2) {
    const bits = random.uint32();
    values[index] = table[bits & 0xffff]!;
    values[index + 1] = table[bits >>> 16]!;
  }
  if (even < values.length) values[even] = table[random.uint32() & 0xffff]!;
  return values;
}

/**
 * Random pixels for a synthetic batch, in `shape`, row-major: independent and uniform on the 2^24
 * equally spaced values of [low, high) before rounding to float32. Default [-1, 1).
 */
export function uniformImages(random: Random, shape: readonly number[], low = -1, high = 1): Float32Array {
  const values = new Float32Array(count(shape));
  const step = (high - low) / 2 ** 24;
  for (let index = 0; index < values.length; index++) values[index] = low + (random.uint32() >>> 8) * step;
  return values;
}

let table: Float32Array | undefined;

function quantiles(): Float32Array {
  const values = Float64Array.from({ length: QUANTILES }, (_, k) => normalQuantile((k + 0.5) / QUANTILES));
  const variance = values.reduce((sum, value) => sum + value * value, 0) / QUANTILES;
  return Float32Array.from(values, (value) => value / Math.sqrt(variance));
}

/**
 * Inverse of the standard normal distribution function for 0 < p < 1: P. J. Acklam's rational
 * approximation (2003), relative error below 1.15e-9, so exact enough for a float32 table.
 */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_TOP, q) / polynomial([...TAIL_BOTTOM, 1], q);
  }
  const q = p - 0.5;
  return (q * polynomial(MIDDLE_TOP, q * q)) / polynomial([...MIDDLE_BOTTOM, 1], q * q);
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const MIDDLE_TOP = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const MIDDLE_BOTTOM = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
];
const TAIL_TOP = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BOTTOM = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
