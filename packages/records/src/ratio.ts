import type { Interval } from "@epochmark/schema";
import { tQuantile95 } from "./statistics.ts";

/** What a ratio is made of: a step time with its 95 % t-interval over the logarithms of that many launches. */
export type Timed = { stepMs: Interval; launches: number };

/** How many times faster one side is; `distinguishable` says whether its 95 % interval leaves 1 out. */
export type Ratio = Interval & { distinguishable: boolean };

/** A difference of logarithms, its standard error (null where a side had one launch) and degrees of freedom. */
type Difference = { log: number; variance: number; df: number } | { log: number; variance: null };

/**
 * How many times faster `b` is than `a` at the same task: the quotient of step times with the 95 % interval of
 * Welch's t-test on their logarithms. A side of one launch has no interval, so the ratio has none either.
 */
export const speedRatio = (a: Timed, b: Timed): Ratio => ratio(difference(a, b));

/**
 * Geometric mean of the speed ratios of several tasks, each a pair of sides. Its interval holds what is not known of
 * these tasks' step times; it says nothing about other tasks. Null where there is no pair.
 */
export const meanSpeedRatio = (pairs: readonly (readonly [Timed, Timed])[]): Ratio | null => {
  if (pairs.length === 0) return null;
  const all = pairs.map(([a, b]) => difference(a, b));
  const log = all.reduce((sum, one) => sum + one.log, 0) / all.length;
  const known = all.filter((one) => one.variance !== null);
  if (known.length < all.length) return ratio({ log, variance: null });
  return ratio({ log, ...pooled(known.map(({ variance, df }) => ({ variance: variance / all.length ** 2, df }))) });
};

const difference = (a: Timed, b: Timed): Difference => {
  const log = Math.log(a.stepMs.median / b.stepMs.median);
  const sides = [a, b].map(spread);
  return sides.every((side) => side !== null) ? { log, ...pooled(sides) } : { log, variance: null };
};

/** Variance of the mean logarithm, from the half-width of its interval. */
const spread = ({ stepMs: { low, high }, launches }: Timed): { variance: number; df: number } | null => {
  if (low === null || high === null || launches < 2) return null;
  const df = launches - 1;
  return { variance: (Math.log(high / low) / 2 / tQuantile95(df)) ** 2, df };
};

/** Sum of independent variances, with the degrees of freedom of Welch and Satterthwaite. */
const pooled = (parts: readonly { variance: number; df: number }[]): { variance: number; df: number } => {
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const weight = parts.reduce((sum, part) => sum + part.variance ** 2 / part.df, 0);
  return { variance, df: weight === 0 ? Infinity : Math.max(1, variance ** 2 / weight) };
};

const ratio = (of: Difference): Ratio => {
  const median = Math.exp(of.log);
  if (of.variance === null) return { median, low: null, high: null, distinguishable: false };
  // Rounded down to whole degrees, which widens; beyond a hundred the quantile hardly moves.
  const half = tQuantile95(Math.min(100, Math.floor(of.df))) * Math.sqrt(of.variance);
  const [low, high] = [Math.exp(of.log - half), Math.exp(of.log + half)];
  return { median, low, high, distinguishable: low > 1 || high < 1 };
};
