import type { Launch, Mode } from "@epochmark/schema";
import { relativeHalfWidth } from "./statistics.ts";
import { summarize } from "./summary.ts";

/** Half-width of the published interval beyond which a ranked case is not settled. */
const widest = 0.1;
/** Share by which the sum of samples may differ from the wall time of their window. */
const clockTolerance = 0.02;

/** Launches of a ranked case that a published interval needs. */
export const rankedLaunches = 5;

/**
 * Why launches that all ended well are still `unstable`, in one line; `null` when they are steady:
 * the warm-up had not settled when its budget ended, the samples do not add up to the wall time of their window
 * within 2 %, or (mode `ranked`) the published interval is wider than ± 10 %.
 */
export const unstableReason = (launches: readonly Launch[], mode: Mode): string | null => {
  const restless = launches.filter(({ warmup }) => !warmup.settled).length;
  if (restless > 0)
    return `the warm-up had not settled when its budget ended (${restless} of ${launches.length} launches)`;
  const adrift = launches.find((launch) => clockError(launch) > clockTolerance);
  if (adrift) {
    const error = percent(clockError(adrift));
    return `launch ${adrift.index}: wall time and sum of samples differ by ${error}, more than ${percent(clockTolerance)}`;
  }
  const summary = mode === "ranked" ? summarize(launches, 1) : null;
  if (!summary) return null;
  const width = Math.max(relativeHalfWidth(summary.stepMs) ?? 0, relativeHalfWidth(summary.imagesPerSecond) ?? 0);
  return width > widest ? `the 95 % interval is ± ${percent(width)}, more than ± ${percent(widest)}` : null;
};

const clockError = ({ samplesMs, wallMs }: Launch): number =>
  samplesMs.length === 0 ? 0 : Math.abs(samplesMs.reduce((sum, sample) => sum + sample, 0) / wallMs - 1);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
