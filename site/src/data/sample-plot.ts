import type { Case, Interval, Launch as RecordedLaunch, Phase } from "@epochmark/schema";
import type { Words } from "../i18n/index.ts";

type Launch = Pick<RecordedLaunch, "index" | "samplesMs" | "stepsPerSample" | "warmup">;

/** What a page draws a case's samples from. */
export type SampledCase = { launches: Launch[]; stepMs: Interval; phase: Phase; label: string };

/** The samples of a case without what the drawing does not need; null where there is none. */
export const sampledCase = ({ launches, summary, phase, model }: Case, words: Words): SampledCase | null =>
  summary && {
    launches: launches.map(({ index, samplesMs, stepsPerSample, warmup }) => ({
      index,
      samplesMs,
      stepsPerSample,
      warmup,
    })),
    stepMs: summary.stepMs,
    phase,
    label: `${model}, ${words.phases[phase]}`,
  };

/** Width and height of the plot's own units; the page stretches them. */
export const plotSize = { width: 1000, height: 200 } as const;
const gap = 14;
const edge = 10;

type LaunchTrace = {
  index: number;
  left: number;
  width: number;
  /** One dot a sample, in time order. */
  dots: string;
  /** Where the warm-up stands before the first dot, on the same scale of steps; no step of it is kept. */
  warmup: { left: number; width: number };
};

export type SamplePlot = {
  launches: LaunchTrace[];
  /** Step times at the top and the bottom of the plot (ms). */
  highest: number;
  lowest: number;
  /** Where the published step time stands, and the box of its interval where there is one. */
  middle: number;
  interval: { top: number; height: number } | null;
};

/** Step times of one launch: samples over steps a sample (ms). */
export const stepTimes = ({ samplesMs, stepsPerSample }: Launch): number[] =>
  samplesMs.map((sample) => sample / stepsPerSample);

/** Samples that the warm-up would have been, at most as many as were kept. */
const warmupSamples = ({ warmup, stepsPerSample, samplesMs }: Launch): number =>
  Math.min(samplesMs.length, warmup.steps / stepsPerSample);

/** Raw step times in time order, launches side by side, over the published figure; null where there is no sample. */
export const samplePlot = (launches: readonly Launch[], { median, low, high }: Interval): SamplePlot | null => {
  const series = launches
    .map((launch) => ({ index: launch.index, times: stepTimes(launch), warmup: warmupSamples(launch) }))
    .filter(({ times }) => times.length > 0);
  if (series.length === 0) return null;
  const all = series.flatMap(({ times }) => times);
  const highest = all.reduce((a, b) => Math.max(a, b), high ?? median);
  const lowest = all.reduce((a, b) => Math.min(a, b), low ?? median);
  const span = highest - lowest || 1;
  const y = (ms: number): number => round(edge + ((highest - ms) / span) * (plotSize.height - 2 * edge));
  const slots = series.reduce((sum, { times, warmup }) => sum + times.length + warmup, 0);
  const unit = (plotSize.width - gap * (series.length - 1)) / slots;
  let left = 0;
  const traces = series.map(({ index, times, warmup }) => {
    const before = { left: round(left), width: round(unit * warmup) };
    left += unit * warmup;
    const trace = {
      index,
      left: round(left),
      width: round(unit * times.length),
      dots: times.map((ms, i) => `M${round(left + unit * (i + 0.5))} ${y(ms)}h0`).join(""),
      warmup: before,
    };
    left += unit * times.length + gap;
    return trace;
  });
  const interval = low === null || high === null ? null : { top: y(high), height: round(y(low) - y(high)) };
  return { launches: traces, highest, lowest, middle: y(median), interval };
};

const round = (value: number): number => Math.round(value * 100) / 100;
