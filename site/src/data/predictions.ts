import { gpus as catalogGpus } from "@epochmark/catalog";
import { papers } from "@epochmark/catalog/papers";
import { deviceOf, type Evidence, modelOf, PlannerError, predictStep, type Device } from "@epochmark/planner";
import type { Phase } from "@epochmark/schema";
import type { Forecast } from "../board/types.ts";
import { type BoardBuilder, catalogBoardGpu, rangeOf, titleOf } from "./board-builder.ts";

/**
 * The software and precision that forecasts are for. Not ONNX Runtime: the planner's fit holds no figure of it, so it
 * knows no launch time of its kernels.
 */
export const forecastSetting = { software: "pytorch", precision: "fp32" } as const;

/** Every GPU of the catalogue whose figures suffice for a prediction. */
export const plannedDevices: readonly { device: Device; gpu: (typeof catalogGpus)[number] }[] = catalogGpus.flatMap(
  (gpu) => {
    try {
      return [{ device: deviceOf(gpu), gpu }];
    } catch (error) {
      if (error instanceof PlannerError) return [];
      throw error;
    }
  },
);

/** Models of the papers that the planner has a cost table for, with their phases and the paper's batch. */
export const plannedModels = (): { path: string; phase: Phase; batch: number }[] =>
  papers.flatMap(({ id, models }) =>
    models.flatMap((model) =>
      model.phases.flatMap((phase) => {
        const batch = model.workloads.paper[phase];
        const path = `${id}/${model.id}`;
        return batch !== undefined && isPlanned(path, phase) ? [{ path, phase, batch }] : [];
      }),
    ),
  );

const isPlanned = (model: string, phase: Phase): boolean => {
  try {
    modelOf(model);
    predictStep({ model, phase, batch: 1, device: plannedDevices[0]!.device, ...forecastSetting });
    return true;
  } catch (error) {
    if (error instanceof PlannerError) return false;
    throw error;
  }
};

/** Adds what the planner says of every paper's own workload on every GPU that has no figure of its own there. */
export const addPredictions = (builder: BoardBuilder, evidence: readonly Evidence[]): void => {
  for (const { path, phase, batch } of plannedModels()) {
    const known = builder.board.tasks.findIndex(
      (task) =>
        task.path === path &&
        task.phase === phase &&
        task.batch === batch &&
        task.size === "full" &&
        task.precision === forecastSetting.precision &&
        task.workload === "paper",
    );
    const task = known >= 0 ? known : builder.task(`forecast ${path} ${phase}`, () => paperTask(path, phase, batch));
    builder.board.forecasts.push(forecastOf(builder, { task, path, phase, batch, evidence }));
  }
};

const paperTask = (path: string, phase: Phase, batch: number) => ({
  key: `forecast ${path} ${phase}`,
  path,
  title: titleOf(path),
  phase,
  size: "full" as const,
  workload: "paper" as const,
  batch,
  precision: forecastSetting.precision,
  memory: null,
});

type Wanted = { task: number; path: string; phase: Phase; batch: number; evidence: readonly Evidence[] };

const forecastOf = (builder: BoardBuilder, { task, path, phase, batch, evidence }: Wanted): Forecast => {
  const { recipe } = modelOf(path);
  const samples = phase === "train" && recipe ? recipe.steps * recipe.batch : null;
  const forecast: Forecast = {
    task,
    software: forecastSetting.software,
    samples,
    gpus: [],
    rates: [],
    spreads: [],
    fits: "",
  };
  for (const { device, gpu } of plannedDevices) {
    const step = predictStep({ model: path, phase, batch, device, evidence, ...forecastSetting });
    builder.board.tasks[task]!.memory ??= rangeOf(step.memoryMiB);
    if (step.kind !== "predicted") continue;
    const { median, high } = step.imagesPerSecond;
    forecast.gpus.push(builder.gpu(gpu.id, () => catalogBoardGpu(gpu)));
    forecast.rates.push(Number(median.toPrecision(4)));
    forecast.spreads.push(Number(Math.log(high / median).toFixed(3)));
    forecast.fits += step.fits === "yes" ? "y" : step.fits === "probably" ? "p" : "n";
  }
  return forecast;
};
