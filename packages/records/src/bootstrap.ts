import { median, quantile } from "simple-statistics";

/** Below this a resampled median says nothing. */
export const fewestForBootstrap = 10;
const resamples = 200;

/** Half-width of the samples' median that is precise enough for a window to end: launches differ by more. */
export const preciseEnough = 0.01;

/**
 * Relative half-width of the 95 % interval of the samples' median (0.01 = ± 1 %) by the moving-block bootstrap:
 * samples in time order are alike to their neighbours, so blocks of √n of them are drawn, never single ones.
 * It says how well one launch knows its own median, which is less than how well launches agree. The draws are
 * the same for the same samples. `null` for fewer than ten.
 */
export const blockHalfWidth = (samples: readonly number[]): number | null => {
  const n = samples.length;
  if (n < fewestForBootstrap) return null;
  const block = Math.ceil(Math.sqrt(n));
  const below = drawer(n);
  const drawn = new Float64Array(n);
  const medians = Array.from({ length: resamples }, () => {
    for (let i = 0; i < n;) {
      const start = below(n - block + 1);
      for (let j = 0; j < block && i < n; j += 1, i += 1) drawn[i] = samples[start + j]!;
    }
    return sortedMedian(drawn);
  });
  return (quantile(medians, 0.975) - quantile(medians, 0.025)) / 2 / median([...samples]);
};

/** Sorts in place: typed arrays sort as numbers and without a call for each comparison. */
const sortedMedian = (values: Float64Array): number => {
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
};

/** Whole numbers below a bound, from a generator of its own (mulberry32). */
const drawer = (seed: number) => {
  let state = seed;
  return (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
};
