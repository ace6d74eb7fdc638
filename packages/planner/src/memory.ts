import { figures } from "@epochmark/catalog";
import { costProfiles } from "@epochmark/catalog/costs";
import { type CostProfile, type Linear, linearAt, type Precision, type Software } from "@epochmark/schema";
import { quantile } from "simple-statistics";
import type { Estimate } from "./interval.ts";

export const MiB = 2 ** 20;

/** The lines that are the highest at some batch: any other lies below one of them at every batch. */
function highest(lines: readonly Linear[]): Linear[] {
  const steepest = lines.toSorted((a, b) => b[1] - a[1] || b[0] - a[0]);
  let most = -Infinity;
  return steepest.filter(([fixed]) => {
    const isHigher = fixed > most;
    most = Math.max(most, fixed);
    return isHigher;
  });
}

interface Peaks {
  /** The compiled program's computed tensors that are alive, and what ONNX Runtime holds for them (bytes). */
  live: readonly Linear[];
  held: readonly Linear[];
  /** Tensors of one kernel, read and written (bytes). */
  working: readonly Linear[];
}

const peaks = new WeakMap<CostProfile, Peaks>();

/** Peaks of a profile as few lines: a search over batches asks for them thousands of times. */
function peaksOf(profile: CostProfile): Peaks {
  const known = peaks.get(profile);
  if (known) return known;
  const kernels = profile.work.map(({ count, read, written }): Linear => [
    (read[0] + written[0]) / count,
    (read[1] + written[1]) / count,
  ]);
  const found = {
    live: highest(profile.peakLiveBytes),
    held: highest(profile.peakHeldBytes),
    working: highest(kernels),
  };
  peaks.set(profile, found);
  return found;
}

const peakAt = (lines: readonly Linear[], batch: number): number =>
  lines.reduce((most, line) => Math.max(most, linearAt(line, batch)), -Infinity);

/** Most bytes that ONNX Runtime holds for the compiled program's computed tensors at a batch. */
export const peakHeldAt = (profile: CostProfile, batch: number): number => peakAt(peaksOf(profile).held, batch);

/** CUDA or ROCm context, libraries and the allocator's slack (MiB): 0.6 to 1 GB were reported for Titan X and T4. */
const context: Estimate = { low: 400, median: 700, high: 1300 };

/** What frameworks really keep for the backward pass over what is counted on the graph: the catalogue's measured models. */
function keptRatio(): Estimate {
  const ratios = figures.activations.flatMap(({ model, mebibytesPerSample }) => {
    const profile = costProfiles.find((each) => each.model === model && each.phase === "train");
    return profile ? [(mebibytesPerSample * MiB) / profile.keptBytes[1]] : [];
  });
  return { low: quantile(ratios, 0.05), median: quantile(ratios, 0.5), high: quantile(ratios, 0.95) };
}

const kept = keptRatio();

/**
 * Peak memory of one GPU in MiB. PyTorch and TensorFlow: context, weights, gradients, optimizer memory, what is kept for the
 * backward pass and the largest tensors at work. ONNX Runtime: context, state before and after the step, inputs, and what
 * its plan holds for the compiled program's tensors; no less than what of them is alive.
 */
export function memoryMiB(profile: CostProfile, batch: number, precision: Precision, software: Software): Estimate {
  const width = precision === "fp16" ? 0.55 : 1;
  const inputs = linearAt(profile.inputBytes, batch);
  const train = profile.phase === "train";
  if (software === "onnxruntime") {
    // State before and after the step lie side by side until it has ended.
    const after = profile.stateBytes - profile.frozenBytes;
    const known = profile.stateBytes + after + 2 * inputs;
    const alive = known + peakAt(peaksOf(profile).live, batch) * width;
    const held = known + peakHeldAt(profile, batch) * width;
    return estimate({ low: alive * 0.95, median: held * 1.05, high: held * 1.3 });
  }
  const halfCopies = precision === "fp16" ? 2 * profile.parameters : 0;
  const fixed = profile.stateBytes + (train ? 4 * profile.trained : 0) + halfCopies + 2 * inputs;
  const working = peakAt(peaksOf(profile).working, batch) * width;
  if (!train) return estimate({ low: fixed + working, median: fixed + 1.5 * working, high: fixed + 3 * working });
  const activations = linearAt(profile.keptBytes, batch) * width;
  return estimate({
    low: fixed + activations * kept.low,
    median: fixed + activations * kept.median + working,
    high: fixed + activations * kept.high + 3 * working,
  });
}

const estimate = ({ low, median, high }: Estimate): Estimate => ({
  low: context.low + low / MiB,
  median: context.median + median / MiB,
  high: context.high + high / MiB,
});

/** The largest batch whose memory stays within `limitMiB`; 0 where not even one sample does. */
export function largestBatch(memoryAt: (batch: number) => number, limitMiB: number): number {
  if (memoryAt(1) > limitMiB) return 0;
  let fits = 1;
  while (fits < 65_536 && memoryAt(fits * 2) <= limitMiB) fits *= 2;
  for (let step = fits / 2; step >= 1; step /= 2) if (memoryAt(fits + step) <= limitMiB) fits += step;
  return fits;
}

/** The largest batches by the upper, middle and lower estimate of memory. */
export const largestBatches = (memoryAt: (batch: number) => Estimate, limitMiB: number): Estimate => ({
  low: largestBatch((batch) => memoryAt(batch).high, limitMiB),
  median: largestBatch((batch) => memoryAt(batch).median, limitMiB),
  high: largestBatch((batch) => memoryAt(batch).low, limitMiB),
});
