import { papers } from "@epochmark/catalog/papers";
import { type BatchMemory, type Device, memoryByBatch, planTraining, type TrainingPlan } from "@epochmark/planner";
import type { CatalogGpu } from "@epochmark/schema";
import { titleOf } from "./board-builder.ts";
import { publishedEvidence } from "./load.ts";
import { forecastSetting, plannedDevices, plannedModels } from "./predictions.ts";

/** Models whose training the planner can plan. */
export const trained = plannedModels().filter(({ path, phase }) => {
  const [plugin, model] = path.split("/");
  const found = papers.find(({ id }) => id === plugin)?.models.find(({ id }) => id === model);
  return phase === "train" && found !== undefined && found.recipe !== null;
});

const deviceOf = (gpu: CatalogGpu) => plannedDevices.find(({ device }) => device.id === gpu.id)?.device;

/** The whole training of every paper on one GPU of that kind; none where the GPU's figures do not suffice. */
export const trainingsOn = async (gpu: CatalogGpu): Promise<{ path: string; title: string; plan: TrainingPlan }[]> => {
  const device = deviceOf(gpu);
  if (!device) return [];
  const evidence = await publishedEvidence();
  return trained.map(({ path, batch }) => ({
    path,
    title: titleOf(path),
    plan: planTraining({ model: path, device, batch, evidence, ...forecastSetting }),
  }));
};

/** Batches of the memory map. */
export const mapBatches = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

/** How a train step fits into a GPU's memory by model and batch. */
export const memoryMapOf = (gpu: CatalogGpu): { path: string; title: string; cells: BatchMemory[] }[] => {
  const device = deviceOf(gpu);
  if (!device) return [];
  return trained.map(({ path }) => ({ path, title: titleOf(path), cells: trainMemory(path, device) }));
};

/** Predicted peak memory of a train step by batch (MiB), on whatever GPU; none where the planner has no cost table. */
export const memoryCurve = (path: string): BatchMemory[] =>
  trained.some((model) => model.path === path) ? trainMemory(path, plannedDevices[0]!.device) : [];

const trainMemory = (model: string, device: Device): BatchMemory[] =>
  memoryByBatch({ model, phase: "train", device, ...forecastSetting }, mapBatches);
