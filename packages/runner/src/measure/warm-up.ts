import type { Launch } from "@epochmark/schema";
import { median, medianAbsoluteDeviation } from "simple-statistics";

export interface WarmUpOptions {
  /** Ends unsettled at this time, in ms, if so many steps are done by then as medians need (0: after one step) ... */
  budgetMs: number;
  /** ... and at this time in any case: the launch has no more for it. */
  latestMs: number;
  now?: () => number;
}

/** Two medians of three that share one step: the least from which a trend can be told from noise. */
const group = 3;
const fewestSteps = 2 * group - 1;
/** Clocks, caches and lazy compilation need time, not only steps, when steps are short. */
const shortestMs = 300;
/** Times that differ by no more than this are level. */
const level = 0.05;

export interface WarmUp {
  record: Launch["warmup"];
  /** Typical step at the end, in ms. */
  stepMs: number;
}

/**
 * Steps until their time has settled, 300 ms at least: the first three all lie within 5 % of each other, or, from five
 * on, the median of the last three differs from that of the three before (they share one step) by 5 % or by no more than
 * these steps scatter: where neighbours disturb a machine, noise is no trend. Unsettled when time runs out first.
 */
export async function warmUp(
  step: () => Promise<unknown>,
  { budgetMs, latestMs, now = () => performance.now() }: WarmUpOptions,
): Promise<WarmUp> {
  const times: number[] = [];
  const start = now();
  let elapsed = 0;
  let settled = false;
  const goesOn = (): boolean => !settled && budgetMs > 0 && (times.length < fewestSteps || elapsed < budgetMs);
  // One step in any case: it says how long a sample takes.
  while (times.length === 0 || (elapsed < latestMs && goesOn())) {
    const before = now();
    await step();
    const after = now();
    times.push(after - before);
    elapsed = after - start;
    settled = elapsed >= shortestMs && isLevel(times);
  }
  return { record: { steps: times.length, ms: elapsed, settled }, stepMs: median(times.slice(-group)) };
}

function isLevel(times: readonly number[]): boolean {
  if (times.length === group) return Math.max(...times) <= (1 + level) * Math.min(...times);
  if (times.length < fewestSteps) return false;
  const recent = times.slice(-fewestSteps);
  const before = median(recent.slice(0, group));
  const scatter = medianAbsoluteDeviation(recent);
  return Math.abs(median(recent.slice(-group)) - before) <= Math.max(level * before, scatter);
}
