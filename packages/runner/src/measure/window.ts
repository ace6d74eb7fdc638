import { blockHalfWidth, fewestForBootstrap, preciseEnough } from "@epochmark/records/bootstrap";
import type { Launch, Stop } from "@epochmark/schema";
import { Bench } from "tinybench";

export interface WindowOptions {
  /** Steps that make one sample. */
  stepsPerSample: number;
  /** The window goes on until its samples are precise (where that is enough to stop), or has lasted this long, in ms ... */
  windowMs: number;
  stopWhenPrecise: boolean;
  /** ... and holds so many samples ... */
  minSamples: number;
  /** ... but no sample starts later than this, in ms from the window's start. */
  latestMs: number;
  onSample: (index: number, sampleMs: number) => void;
  now?: () => number;
}

export interface Window {
  /** In time order, in ms. */
  samplesMs: number[];
  /** From the start of the first sample to the end of the last, in ms. */
  wallMs: number;
  /** Why it ended. */
  stop: Stop;
  /** Relative half-width of the samples' median at the end. */
  halfWidth: Launch["halfWidth"];
}

/** What the schema takes in one launch. */
const mostSamples = 2000;
/** No window is shorter, however level its samples look: clocks and caches have their own time. */
const shortestMs = 3000;

/**
 * The timed window. tinybench drives it; samples are kept apart from its own, which come back sorted.
 *
 * @throws whatever a step throws
 */
export async function timeWindow(step: () => Promise<unknown>, options: WindowOptions): Promise<Window> {
  const { stepsPerSample, windowMs, minSamples, latestMs, onSample, now = () => performance.now() } = options;
  const isPrecise = options.stopWhenPrecise ? preciseFrom(minSamples) : () => false;
  let stopped: Stop = "budget";
  const samplesMs: number[] = [];
  const stop = new AbortController();
  let start = 0;
  let end = 0;
  const sample = async (): Promise<{ overriddenDuration: number }> => {
    const before = now();
    if (samplesMs.length === 0) start = before;
    for (let i = 0; i < stepsPerSample; i++) await step();
    end = now();
    const duration = end - before;
    samplesMs.push(duration);
    onSample(samplesMs.length - 1, duration);
    if (samplesMs.length === mostSamples) stopped = "full";
    else if (end - start >= Math.min(shortestMs, windowMs) && isPrecise(samplesMs)) stopped = "precise";
    if (stopped !== "budget" || end - start >= latestMs) stop.abort();
    return { overriddenDuration: duration };
  };
  const bench = new Bench({
    now,
    warmup: false,
    throws: true,
    time: windowMs,
    iterations: minSamples,
    signal: stop.signal,
  });
  await bench.add("step", sample, { async: true }).run();
  return { samplesMs, wallMs: end - start, stop: stopped, halfWidth: blockHalfWidth(samplesMs) };
}

/**
 * Whether samples are precise enough, looked at again only when there are a tenth more of them: a look takes as long
 * as some hundred sorts.
 */
function preciseFrom(minSamples: number): (samplesMs: readonly number[]) => boolean {
  let next = Math.max(minSamples, fewestForBootstrap);
  return (samplesMs) => {
    if (samplesMs.length < next) return false;
    next = Math.ceil(samplesMs.length * 1.1);
    return blockHalfWidth(samplesMs)! < preciseEnough;
  };
}

/**
 * Steps in one sample so that it lasts 100 ms or more, and the clock and the feeding of batches do not show; in a long
 * window longer, so that the record holds all of it.
 */
export function stepsForSample(stepMs: number, windowMs: number): number {
  const sampleMs = Math.max(100, (1.5 * windowMs) / mostSamples);
  return Math.max(1, Math.ceil(sampleMs / Math.max(stepMs, 1e-4)));
}
