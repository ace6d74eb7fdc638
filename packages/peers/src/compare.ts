import { median } from "simple-statistics";
import type { LaunchResult } from "./side.ts";

/** One launch of each side, one right after the other. */
export interface Round {
  pytorch: LaunchResult;
  epochmark: LaunchResult;
}

export interface Spread {
  median: number;
  low: number;
  high: number;
}

export interface Comparison {
  /** Time of a step over all samples of all rounds, in ms. */
  stepMs: { pytorch: Spread; epochmark: Spread };
  /** epochmark / PyTorch, of the medians of each round: below 1 epochmark is faster. */
  timeRatio: Spread;
  /** Median over the rounds of the process's peak resident memory, in MiB; null where unknown. */
  peakMiB: { pytorch: number | null; epochmark: number | null };
  /** epochmark / PyTorch; null where either is unknown. */
  memoryRatio: Spread | null;
}

/** @throws an error when there is no round or one without samples */
export function compareRounds(rounds: Round[]): Comparison {
  const steps = (side: keyof Round): number[] => rounds.flatMap((round) => round[side].stepsMs);
  const peaks = (side: keyof Round): number[] => rounds.flatMap((round) => round[side].peakMiB ?? []);
  const memory = rounds.flatMap(({ pytorch, epochmark }) =>
    pytorch.peakMiB !== null && epochmark.peakMiB !== null ? epochmark.peakMiB / pytorch.peakMiB : [],
  );
  return {
    stepMs: { pytorch: spread(steps("pytorch")), epochmark: spread(steps("epochmark")) },
    timeRatio: spread(rounds.map(({ pytorch, epochmark }) => median(epochmark.stepsMs) / median(pytorch.stepsMs))),
    peakMiB: { pytorch: middle(peaks("pytorch")), epochmark: middle(peaks("epochmark")) },
    memoryRatio: memory.length > 0 ? spread(memory) : null,
  };
}

const middle = (values: number[]): number | null => (values.length > 0 ? median(values) : null);

function spread(values: number[]): Spread {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}
