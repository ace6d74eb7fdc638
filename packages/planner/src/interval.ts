/** A figure with the ends of its 90 % interval. */
export interface Estimate {
  low: number;
  median: number;
  high: number;
}

/** Share of the truth that the intervals are made to cover. */
export const coverage = 0.9;

/** `median` times and over exp(`spread`). */
export const around = (median: number, spread: number): Estimate => ({
  low: median / Math.exp(spread),
  median,
  high: median * Math.exp(spread),
});

export const scale = ({ low, median, high }: Estimate, factor: number): Estimate => ({
  low: low * factor,
  median: median * factor,
  high: high * factor,
});

/** 1 over the figure: ends change places. */
export const inverse = ({ low, median, high }: Estimate, numerator: number): Estimate => ({
  low: numerator / high,
  median: numerator / median,
  high: numerator / low,
});
