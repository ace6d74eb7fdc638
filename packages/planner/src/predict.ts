import { figures } from "@epochmark/catalog";
import { costProfiles } from "@epochmark/catalog/costs";
import type { CostProfile, Phase, Precision, Software } from "@epochmark/schema";
import { type Device, deviceById, PlannerError } from "./device.ts";
import type { Evidence } from "./evidence.ts";
import fitted from "./fitted.json" with { type: "json" };
import { around, type Estimate, inverse, scale } from "./interval.ts";
import { largestBatches, memoryMiB } from "./memory.ts";
import { stepSeconds } from "./roofline.ts";

export interface StepRequest {
  /** `plugin/model`, or `reference/…` for a reference network. */
  model: string;
  phase: Phase;
  device: Device;
  /** Samples on one GPU. */
  batch: number;
  precision: Precision;
  software: Software;
  gpus?: number;
  /** Measured cases of any GPUs. */
  evidence?: readonly Evidence[];
}

/** Measured: this very case is in a record. Published: in the catalogue. Predicted: by the model. */
export type FigureKind = "measured" | "published" | "predicted";
/** `probably`: the median fits and the upper end does not. */
export type Fit = "yes" | "probably" | "smaller-batch" | "no";

/** Figures of one step with 90 % intervals. */
export interface StepPrediction {
  gpu: string;
  model: string;
  phase: Phase;
  batch: number;
  precision: Precision;
  software: Software;
  gpus: number;
  kind: FigureKind;
  /** What the interval's width comes from, in words. */
  basis: string;
  stepMs: Estimate;
  imagesPerSecond: Estimate;
  memoryMiB: Estimate;
  fits: Fit;
  /** Largest batch on one GPU: with the upper, middle and lower estimate of memory. */
  largestBatch: Estimate;
}

/** Share of a card's memory that a program gets: the driver and the display keep the rest. */
const usable = 0.96;

/** @throws {PlannerError} when the catalogue has no cost table of the model's phase */
export function profileOf(model: string, phase: Phase): CostProfile {
  const profile = costProfiles.find((each) => each.model === model && each.phase === phase);
  if (profile) return profile;
  const phases = costProfiles.filter((each) => each.model === model).map((each) => each.phase);
  throw new PlannerError(
    phases.length > 0
      ? `${model} has no phase "${phase}": it has ${phases.join(", ")}`
      : `the catalogue has no cost table of ${model}: run pnpm tables`,
  );
}

/** Time, throughput and memory of one step. @throws {PlannerError} */
export function predictStep(request: StepRequest): StepPrediction {
  const { model, phase, device, batch, precision, software, gpus = 1 } = request;
  const profile = profileOf(model, phase);
  const { seconds, kind, basis } = secondsOf(profile, request);
  const { at, largest } = memoryOf(profile, request);
  return {
    gpu: device.id,
    model,
    phase,
    batch,
    precision,
    software,
    gpus,
    kind,
    basis,
    stepMs: scale(seconds, 1000),
    imagesPerSecond: inverse(seconds, batch * gpus),
    memoryMiB: at(batch),
    fits: fitOf(batch, largest),
    largestBatch: largest,
  };
}

type MemoryRequest = Pick<StepRequest, "device" | "precision" | "software">;

/** Memory against batch (MiB), and the largest batches that the device has room for. */
function memoryOf(profile: CostProfile, { device, precision, software }: MemoryRequest) {
  const at = (samples: number): Estimate => memoryMiB(profile, samples, precision, software);
  return { at, largest: largestBatches(at, device.memoryMiB * usable) };
}

/** What a step at a batch needs (MiB), and whether that fits. */
export interface BatchMemory {
  batch: number;
  memoryMiB: Estimate;
  fits: Fit;
}

/** Memory of a step at each of these batches, without its time. @throws {PlannerError} */
export function memoryByBatch(
  request: Pick<StepRequest, "model" | "phase"> & MemoryRequest,
  batches: readonly number[],
): BatchMemory[] {
  const { at, largest } = memoryOf(profileOf(request.model, request.phase), request);
  return batches.map((batch) => ({ batch, memoryMiB: at(batch), fits: fitOf(batch, largest) }));
}

/** Whether a batch fits where so many are the largest. */
export function fitOf(batch: number, largest: Estimate): Fit {
  if (batch <= largest.low) return "yes";
  if (batch <= largest.median) return "probably";
  return largest.median >= 1 ? "smaller-batch" : "no";
}

interface Seconds {
  seconds: Estimate;
  kind: FigureKind;
  basis: string;
}

function secondsOf(profile: CostProfile, request: StepRequest): Seconds {
  return measured(request) ?? published(request) ?? predicted(profile, request);
}

function measured({
  device,
  model,
  phase,
  batch,
  precision,
  software,
  gpus = 1,
  evidence = [],
}: StepRequest): Seconds | null {
  const found = evidence.find(
    (each) =>
      each.gpu === device.id &&
      each.model === model &&
      each.phase === phase &&
      each.batch === batch &&
      each.precision === precision &&
      each.software === software,
  );
  if (!found || gpus !== 1) return null;
  const { median, low, high } = found.seconds;
  return {
    seconds: { low: low ?? median / oneLaunch, median, high: high ?? median * oneLaunch },
    kind: "measured",
    basis: low === null ? "one launch of a record: ± 13 % between launches" : "95 % interval of a record",
  };
}

/** Launches of one case differ by up to 13 % (one standard deviation 4 to 13 %). */
export const oneLaunch = 1.13;

/** A figure of the same card, batch and software; another machine and version may differ as one source from another. */
function published({ device, model, phase, batch, precision, software, gpus = 1 }: StepRequest): Seconds | null {
  const found = figures.throughput.filter((figure) => {
    const source = figures.sources.find(({ id }) => id === figure.source);
    const same = figure.gpu === device.id && figure.model === model && figure.phase === phase;
    return (
      same &&
      figure.batch === batch &&
      figure.precision === precision &&
      figure.gpus === gpus &&
      source?.software === software
    );
  });
  if (found.length === 0) return null;
  const logs = found.map(({ imagesPerSecond }) => Math.log((batch * gpus) / imagesPerSecond));
  const middle = Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length);
  return {
    seconds: around(middle, fitted.spreads.same),
    kind: "published",
    basis: `${found.map(({ source }) => source).join(", ")}; interval as between sources`,
  };
}

const knownArchitectures = new Set(figures.throughput.map(({ gpu }) => deviceById(gpu).architecture));
const smallestBatch = new Map<string, number>();
for (const { model, batch } of figures.throughput)
  smallestBatch.set(model, Math.min(batch, smallestBatch.get(model) ?? Infinity));

/** Whether no published figure is of the model, or all are of batches more than twice as large. */
export const unlikeFigures = (model: string, batch: number): boolean =>
  2 * batch < (smallestBatch.get(model) ?? Infinity);

const knownGpus = new Set(figures.throughput.map(({ gpu }) => gpu));

/** The roofline, moved by what records of this GPU say of it. */
function predicted(profile: CostProfile, request: StepRequest): Seconds {
  const { device, batch, precision, software, gpus = 1, phase, evidence = [] } = request;
  const model = (
    of: CostProfile,
    setting: { batch: number; precision: Precision; software: Software; gpus: number },
    on: Device,
  ) =>
    stepSeconds(
      of,
      on,
      { ...setting, phase: of.phase, fusedAttention: setting.software === "pytorch", channelsLast: false },
      fitted.parameters,
    );
  const raw = model(profile, { batch, precision, software, gpus }, device);
  const own = evidence.filter((each) => each.gpu === device.id && each.software === software);
  if (own.length > 0) {
    const same = own.filter((each) => each.model === request.model && each.phase === phase);
    const used = same.length > 0 ? same : own;
    const errors = used.map((each) => {
      const of = costProfiles.find((row) => row.model === each.model && row.phase === each.phase);
      return of ? Math.log(each.seconds.median / model(of, { ...each, gpus: 1 }, device)) : 0;
    });
    const shift = errors.reduce((sum, value) => sum + value, 0) / errors.length;
    return {
      seconds: around(raw * Math.exp(shift), fitted.spreads.same),
      kind: "predicted",
      basis: `corrected by ${used.length} record${used.length === 1 ? "" : "s"} of this GPU (${same.length > 0 ? "same model" : "other models"})`,
    };
  }
  const near = knownArchitectures.has(device.architecture) ? fitted.spreads.sibling : fitted.spreads.stranger;
  const unlike = unlikeFigures(request.model, batch);
  const spread = unlike ? Math.max(near, fitted.spreads.unlike) : near;
  const reason = knownGpus.has(device.id)
    ? "fit that includes this GPU; width as if it did not"
    : knownArchitectures.has(device.architecture)
      ? `fit to other ${device.architecture} GPUs; error when one GPU is left out`
      : "fit to other architectures; error when an architecture is left out";
  const basis = unlike ? "no figure of this model at such a batch; error when a model is left out of the fit" : reason;
  return { seconds: around(raw, spread), kind: "predicted", basis };
}
