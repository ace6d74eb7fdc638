import { figures, models } from "@epochmark/catalog";
import type { ModelSummary, Training } from "@epochmark/schema";
import { deviceById, PlannerError } from "./device.ts";
import { type Estimate, scale } from "./interval.ts";
import type { Evidence } from "./evidence.ts";
import { oneLaunch, predictStep, type StepPrediction, type StepRequest, unlikeFigures } from "./predict.ts";

export interface TrainingRequest extends Omit<StepRequest, "phase" | "batch"> {
  /** Samples on one GPU; default: the recipe's share, or the largest batch that fits when that does not. */
  batch?: number;
  /** Images a second that the loader delivers to all GPUs together: the slower of loader and step counts. */
  loaderRate?: number;
  /** Money for a kWh, and for an hour of one GPU, in one currency. */
  powerPrice?: number;
  hourly?: number;
}

/** The paper's whole training on one kind of GPU. */
export interface TrainingPlan {
  step: StepPrediction;
  samples: number;
  steps: number;
  hours: Estimate;
  /** Who decides: the GPU's step or the loader. */
  bound: "step" | "loader";
  /** Of the GPUs alone; null where no power limit is published. */
  kWh: Estimate | null;
  /** Power and rent; null where no price was given. */
  money: Estimate | null;
  /** Wall times that others reported of this training, on whatever GPU, with what would have been predicted. */
  reported: readonly ReportedTraining[];
  /** What the paper itself reports, in hours and on which GPUs. */
  paper: { hours: number; gpus: string } | null;
}

/** Share of the power limit that a training draws on average. */
const draw: Estimate = { low: 0.5, median: 0.8, high: 1 };

/** The catalogue's model. @throws {PlannerError} naming it when there is none */
export function modelOf(path: string): ModelSummary {
  const model = models.find(({ id }) => id === path);
  if (!model) throw new PlannerError(`the catalogue has no model "${path}"`);
  return model;
}

/** Hours, energy and money of the paper's recipe. @throws {PlannerError} when the model has no recipe or no train phase */
export function planTraining(request: TrainingRequest): TrainingPlan {
  const { recipe } = modelOf(request.model);
  if (!recipe) throw new PlannerError(`${request.model} has no recipe: nobody published how long it trains`);
  const { gpus = 1, device, loaderRate } = request;
  const wanted = request.batch ?? Math.max(1, Math.floor(recipe.batch / gpus));
  const first = predictStep({ ...request, phase: "train", batch: wanted });
  // A recipe's batch that does not fit is made of smaller ones: as many samples, more steps.
  const batch = request.batch ?? Math.max(1, Math.min(wanted, first.largestBatch.median));
  const step = batch === wanted ? first : predictStep({ ...request, phase: "train", batch });
  const samples = recipe.steps * recipe.batch;
  const steps = Math.ceil(samples / (batch * gpus));
  const stepping = scale(step.stepMs, steps / 3.6e6);
  const computing =
    step.kind === "measured" || loaderRate !== undefined ? stepping : widened(stepping, request.model, batch);
  const loading = loaderRate === undefined ? 0 : samples / loaderRate / 3600;
  const slower = (hours: number): number => Math.max(hours, loading);
  const hours = { low: slower(computing.low), median: slower(computing.median), high: slower(computing.high) };
  const kWh = device.tdpW === null ? null : energy(hours, (device.tdpW * gpus) / 1000);
  return {
    step,
    samples,
    steps,
    hours,
    bound: loading > computing.median ? "loader" : "step",
    kWh,
    money: money(hours, kWh, gpus, request),
    reported: figures.trainings.filter(({ model }) => model === request.model).map(beside),
    paper:
      recipe.reportedHours === null
        ? null
        : {
            hours: recipe.reportedHours,
            gpus: recipe.gpus ? `${recipe.gpus.count} × ${recipe.gpus.name}` : "not stated",
          },
  };
}

/** A training that somebody reported, beside its prediction in hours. */
export interface ReportedTraining {
  training: Training;
  /** The GPUs' steps alone. */
  steps: Estimate;
  /** With loading, validation and waiting: as long as reported trainings took over their steps. */
  whole: Estimate;
}

function beside(training: Training): ReportedTraining {
  const { model, batch, gpu, steps: count } = training;
  const step = predictStep({ ...training, phase: "train", device: deviceById(gpu) });
  const steps = scale(step.stepMs, count / 3.6e6);
  return { training, steps, whole: widened(steps, model, batch) };
}

/** Every training that the catalogue knows a time of. */
export const reportedTrainings = (): ReportedTraining[] => figures.trainings.map(beside);

const widened = (steps: Estimate, model: string, batch: number): Estimate => ({
  ...steps,
  high: Math.max(steps.high, steps.median * overheadOf(model, batch)),
});

/**
 * What a whole training may take over its predicted steps where nobody says how fast it loads: the most that one of the
 * reported trainings took, of models and batches as well known to the fit as this one is.
 */
function overheadOf(model: string, batch: number): number {
  overheads ??= figures.trainings.map((training) => {
    const step = predictStep({ ...training, phase: "train", device: deviceById(training.gpu) });
    const ratio = training.hours / ((step.stepMs.median * training.steps) / 3.6e6);
    return { ratio, unlike: unlikeFigures(training.model, training.batch) };
  });
  const unlike = unlikeFigures(model, batch);
  return Math.max(1, ...overheads.filter((each) => each.unlike === unlike).map(({ ratio }) => ratio));
}

let overheads: { ratio: number; unlike: boolean }[] | undefined;

const energy = ({ low, median, high }: Estimate, kilowatts: number): Estimate => ({
  low: low * kilowatts * draw.low,
  median: median * kilowatts * draw.median,
  high: high * kilowatts * draw.high,
});

function money(
  hours: Estimate,
  kWh: Estimate | null,
  gpus: number,
  { powerPrice, hourly }: TrainingRequest,
): Estimate | null {
  // Whoever rents a GPU does not pay for its power.
  if (hourly !== undefined) return scale(hours, hourly * gpus);
  return powerPrice === undefined || kWh === null ? null : scale(kWh, powerPrice);
}

/** The paper's whole recipe at the pace of a measured train step, on one such device; null where the model has no recipe. */
export interface MeasuredTraining {
  title: string;
  epochs: number;
  hours: Estimate;
}

/** What the measured train steps mean for their papers. Batches are the measured ones: as many samples, other steps. */
export function measuredTrainings(evidence: readonly Evidence[]): MeasuredTraining[] {
  return evidence.flatMap(({ model: path, phase, batch, seconds: { median, low, high } }) => {
    const model = models.find(({ id }) => id === path);
    if (phase !== "train" || !model?.recipe) return [];
    const { steps, batch: global, epochs } = model.recipe;
    const hours = (seconds: number): number => ((steps * global) / batch) * (seconds / 3600);
    const ends = { low: low ?? median / oneLaunch, high: high ?? median * oneLaunch };
    return [
      { title: model.title, epochs, hours: { low: hours(ends.low), median: hours(median), high: hours(ends.high) } },
    ];
  });
}
