import { Bench } from "tinybench";

export interface WindowOptions {
  /** Steps that make one sample. */
  stepsPerSample: number;
  /** The window goes on until it has lasted this long, in ms ... */
  windowMs: number;
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
}

/** What the schema takes in one launch. */
export const mostSamples = 2000;

/**
 * The timed window. tinybench drives it; samples are kept apart from its own, which come back sorted.
 *
 * @throws whatever a step throws
 */
export async function timeWindow(step: () => Promise<unknown>, options: WindowOptions): Promise<Window> {
  const { stepsPerSample, windowMs, minSamples, latestMs, onSample, now = () => performance.now() } = options;
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
    if (end - start >= latestMs || samplesMs.length === mostSamples) stop.abort();
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
  return { samplesMs, wallMs: end - start };
}

/** Steps in one sample so that it lasts 100 ms or more, and the clock and the feeding of batches do not show. */
export const stepsPerSample = (stepMs: number): number => Math.max(1, Math.ceil(100 / Math.max(stepMs, 1e-4)));
