import { linearRegression, mean, median, quantile, sum } from "simple-statistics";
import type { Launch, Summary } from "@epochmark/schema";
import { logTInterval } from "./statistics.ts";

/**
 * The published figures of a case, from its raw samples; `null` when no launch has a sample.
 *
 * - A launch's step time is the median of its samples over `stepsPerSample` (ms); `stepMs.median` is the geometric
 *   mean of those medians and `low`…`high` the 95 % t-interval over their logarithms. Samples of one launch are
 *   alike by a chance that differs from launch to launch, so only launches are counted as independent.
 * - A launch's throughput is `batch` × steps over the wall time of its window (img/s), combined in the same way.
 * - One launch: the figures stand without interval.
 * - Energy, overhead and slope are those of the launches that know theirs; `null` where none does.
 *
 * @param batch images in one step
 */
export const summarize = (launches: readonly Launch[], batch: number): Summary | null => {
  const measured = launches.filter((launch) => launch.samplesMs.length > 0);
  if (measured.length === 0) return null;
  const pooled = measured.flatMap(stepTimesMs);
  return {
    stepMs: logTInterval(measured.map((launch) => median(stepTimesMs(launch)))),
    imagesPerSecond: logTInterval(measured.map((launch) => throughput(launch, batch))),
    p5Ms: quantile(pooled, 0.05),
    p95Ms: quantile(pooled, 0.95),
    interval: measured.length > 1 ? "t-log-launch-medians" : "none-single-launch",
    launches: measured.length,
    samples: pooled.length,
    hostPeakMiB: peak(measured.map((launch) => launch.memory.hostPeakMiB.value)),
    devicePeakMiB: peak(measured.map((launch) => launch.memory.devicePeakMiB.value)),
    joulesPerImage: average(measured.map((launch) => joulesPerImage(launch, batch))),
    overhead: overhead(measured),
    slopePercentPerMinute: average(measured.map(slopePercentPerMinute)),
  };
};

const stepTimesMs = ({ samplesMs, stepsPerSample }: Launch): number[] =>
  samplesMs.map((sample) => sample / stepsPerSample);

const throughput = (launch: Launch, batch: number): number => (images(launch, batch) * 1000) / launch.wallMs;

const images = ({ samplesMs, stepsPerSample }: Launch, batch: number): number =>
  batch * samplesMs.length * stepsPerSample;

const joulesPerImage = (launch: Launch, batch: number): number | null => {
  const { power } = launch.conditions;
  return power.known ? power.energyJ / images(launch, batch) : null;
};

const overhead = (launches: readonly Launch[]): number | null => {
  const known = launches.filter(({ overheadMs, wallMs }) => overheadMs !== null && wallMs > 0);
  if (known.length === 0) return null;
  return sum(known.map(({ overheadMs }) => overheadMs!)) / sum(known.map(({ wallMs }) => wallMs));
};

/** A shorter window says more about chance than about heat. */
const shortestForSlopeMs = 60_000;

/** Slope of the line through step times over the time at which they ended, in % of their median a minute. */
const slopePercentPerMinute = (launch: Launch): number | null => {
  if (launch.wallMs < shortestForSlopeMs || launch.samplesMs.length < 3) return null;
  let endMs = 0;
  const points = launch.samplesMs.map((sampleMs) => [(endMs += sampleMs) / 60_000, sampleMs]);
  return (100 * linearRegression(points).m) / median(launch.samplesMs);
};

const average = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
};

const peak = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};
