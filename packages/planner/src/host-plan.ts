import type { Phase } from "@epochmark/schema";
import { hostCase, hostMemoryMiB } from "./host-memory.ts";
import fitted from "./host-memory.json" with { type: "json" };
import { around, type Estimate } from "./interval.ts";
import { largestBatches } from "./memory.ts";
import { type Fit, fitOf, profileOf } from "./predict.ts";

export interface HostRequest {
  /** `plugin/model`. */
  model: string;
  phase: Phase;
  batch: number;
  /** Memory that the process may take (MiB). */
  limitMiB: number;
}

/** What the process that runs a step on a CPU takes of the host's memory, with 90 % intervals. */
export interface HostPlan extends HostRequest {
  /** At this batch (MiB). */
  memoryMiB: Estimate;
  fits: Fit;
  /** Largest batch in the limit: with the upper, middle and lower estimate of memory. */
  largestBatch: Estimate;
  kind: "predicted";
  /** What the interval's width comes from, in words. */
  basis: string;
}

/** Memory of a step on a CPU by ONNX Runtime, as `pnpm bench` runs it. @throws {PlannerError} when no cost table has the model's phase */
export function planHost(request: HostRequest): HostPlan {
  const { model, phase, batch, limitMiB } = request;
  const profile = profileOf(model, phase);
  const measured = hostCase(profile) in fitted.cases;
  const spread = measured ? fitted.spreads.measured : fitted.spreads.stranger;
  const at = (samples: number): Estimate => around(hostMemoryMiB(profile, samples), spread);
  const largest = largestBatches(at, limitMiB);
  return {
    ...request,
    memoryMiB: at(batch),
    fits: fitOf(batch, largest),
    largestBatch: largest,
    kind: "predicted",
    basis: measured
      ? "fit to this case's peaks at some batches; error when one batch is left out"
      : "fit to other models' peaks; error when a model is left out",
  };
}
