import { bisect, mean, sampleStandardDeviation } from "simple-statistics";
import type { Interval } from "@epochmark/schema";

/**
 * Two-sided 95 % quantile of Student's t: P(|T| ≤ t) = 0.95 for a whole number of degrees of freedom.
 * The distribution function is the closed form of Abramowitz & Stegun 26.7.3-4 in θ = atan(t / √df).
 */
export const tQuantile95 = (df: number): number => {
  if (!Number.isInteger(df) || df < 1) throw new RangeError(`degrees of freedom must be a whole number ≥ 1, not ${df}`);
  const theta = bisect((angle) => centralProbability(angle, df) - 0.95, 0, Math.PI / 2, 200, 1e-15);
  return Math.sqrt(df) * Math.tan(Number(theta));
};

/** P(|T| ≤ √df · tan θ). */
const centralProbability = (theta: number, df: number): number => {
  const cosine2 = Math.cos(theta) ** 2;
  const odd = df % 2 === 1;
  let term = odd ? Math.cos(theta) : 1;
  let series = df === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < df; k += 2) {
    term *= ((k - 1) / k) * cosine2;
    series += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * series) : Math.sin(theta) * series;
};

/**
 * Centre and 95 % interval of positive figures that vary by a factor: the geometric mean, exp(mean ± t·s/√n) of
 * the logarithms. Centre and ends are of one distribution, so the centre is always inside; inverting every
 * value inverts the interval. One value gives no interval: `low` and `high` are null.
 */
export const logTInterval = (values: readonly number[]): Interval => {
  if (values.length === 0 || values.some((value) => !(value > 0))) {
    throw new RangeError("an interval needs at least one value, all above zero");
  }
  const logs = values.map(Math.log);
  const centre = mean(logs);
  if (values.length === 1) return { median: values[0]!, low: null, high: null };
  const half = (tQuantile95(values.length - 1) * sampleStandardDeviation(logs)) / Math.sqrt(values.length);
  return { median: Math.exp(centre), low: Math.exp(centre - half), high: Math.exp(centre + half) };
};

/** Half the width of the interval over its centre (0.01 = ± 1 %); null where there is no interval. */
export const relativeHalfWidth = ({ median, low, high }: Interval): number | null =>
  low === null || high === null ? null : (high - low) / 2 / median;
