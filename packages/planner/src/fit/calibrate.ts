import { quantileSorted, median } from "simple-statistics";
import { coverage } from "../interval.ts";
import type { Observation } from "./observations.ts";
import { fit, predictLog } from "./solve.ts";

/** Error of one figure when its GPU was left out of the fit. */
export interface LeftOut {
  observation: Observation;
  /** Logarithm of predicted over published time, with and without what other GPUs tell about its source. */
  withSource: number;
  alone: number;
  /** Whether another GPU of its architecture was in the fit. */
  sibling: boolean;
}

/** Half-widths of the 90 % interval, of the logarithm of time. */
interface Spreads {
  /** Another GPU of the architecture was in the fit; none was. */
  sibling: number;
  stranger: number;
  /** No figure of the model was in the fit: what leaving out each model in turn errs by, wherever that is more. */
  unlike: number;
  /** The GPU itself was measured or published on another task: what stays after its own mean error is taken out. */
  same: number;
}

export interface Calibration {
  parameters: Record<string, number>;
  /** Leaving one GPU out; leaving its whole architecture out. */
  gpus: LeftOut[];
  architectures: LeftOut[];
  /** Leaving one model out of all GPUs. */
  workloads: LeftOut[];
  spreads: Spreads;
}

/** Fits all figures, then again without each GPU, each architecture and each model in turn. Minutes, not seconds. */
export function calibrate(observations: readonly Observation[]): Calibration {
  const parameters = fit(observations);
  const gpus = leaveOut(observations, parameters, ({ figure }) => figure.gpu);
  const architectures = leaveOut(observations, parameters, ({ device }) => device.architecture);
  const workloads = leaveOut(observations, parameters, ({ figure }) => figure.model);
  const unlike = high(workloads.map(({ alone }) => Math.abs(alone)));
  return { parameters, gpus, architectures, workloads, spreads: { ...spreadsOf(gpus, architectures), unlike } };
}

function leaveOut(
  observations: readonly Observation[],
  start: Record<string, number>,
  groupOf: (observation: Observation) => string,
): LeftOut[] {
  const groups = Map.groupBy(observations, groupOf);
  return [...groups].flatMap(([name, own]) => {
    const rest = observations.filter((each) => groupOf(each) !== name);
    const parameters = fit(rest, start);
    const sibling = rest.some(({ device }) => device.architecture === own[0]!.device.architecture);
    return own.map((observation) => ({
      observation,
      withSource: predictLog(observation, parameters, true) - observation.logSeconds,
      alone: predictLog(observation, parameters, false) - observation.logSeconds,
      sibling,
    }));
  });
}

/** Quantiles of the errors, GPUs weighing alike: one with many figures does not speak for all. */
function spreadsOf(gpus: readonly LeftOut[], architectures: readonly LeftOut[]): Omit<Spreads, "unlike"> {
  const byGpu = Map.groupBy(gpus, ({ observation }) => observation.figure.gpu);
  const own = [...byGpu.values()].flatMap((rows) => {
    const centre = median(rows.map(({ alone }) => alone));
    return rows.length > 1 ? rows.map(({ alone }) => Math.abs(alone - centre)) : [];
  });
  return {
    sibling: high(gpus.filter(({ sibling }) => sibling).map(({ alone }) => Math.abs(alone))),
    stranger: high(architectures.map(({ alone }) => Math.abs(alone))),
    same: high(own),
  };
}

/** The quantile that covers the next one with the wanted probability: (n + 1) of n values. */
function high(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return quantileSorted(sorted, Math.min(1, (coverage * (sorted.length + 1)) / sorted.length));
}

/** Share of figures inside intervals that were made from the errors of all other GPUs. */
export function coverageOf(gpus: readonly LeftOut[], architectures: readonly LeftOut[]): number {
  const inside = gpus.filter((each) => {
    const other = ({ observation }: LeftOut): boolean => observation.figure.gpu !== each.observation.figure.gpu;
    const spreads = spreadsOf(gpus.filter(other), architectures.filter(other));
    return Math.abs(each.alone) <= (each.sibling ? spreads.sibling : spreads.stranger);
  });
  return inside.length / gpus.length;
}
