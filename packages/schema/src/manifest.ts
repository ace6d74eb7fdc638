import { z } from "zod";
import { Id, ModelPath, Phase, TensorSpec } from "./ids.ts";

/** A page in the web; other schemes such as `javascript:` would run where the link is shown. */
const Link = z.url({ protocol: /^https?$/, error: "expected a link of http or https" });

export const Paper = z.strictObject({
  title: z.string().min(1).max(400),
  authors: z.string().min(1).max(400),
  venue: z.string().min(1).max(200),
  url: Link,
  code: Link.optional(),
});
export type Paper = z.infer<typeof Paper>;

/** How the paper trains its network; every figure with where it is written. */
export const Recipe = z.strictObject({
  dataset: z.string().min(1).max(200),
  samplesPerEpoch: z.int().positive(),
  epochs: z.number().positive(),
  /** Global batch over all GPUs. */
  batch: z.int().positive(),
  /** Optimizer steps of the whole recipe. */
  steps: z.int().positive(),
  gpus: z.strictObject({ count: z.int().positive(), name: z.string().max(200) }).nullable(),
  /** Wall time that the authors report, in hours; null where none is published. */
  reportedHours: z.number().positive().nullable(),
  precision: z.string().max(80),
  sources: z.array(z.string().min(1).max(400)).min(1),
  notes: z.string().max(1000).optional(),
});
export type Recipe = z.infer<typeof Recipe>;

/** Batch and input tensors of one phase under one workload name. */
export const Workload = z.strictObject({
  batch: z.int().positive(),
  inputs: z.array(TensorSpec).max(64),
});
export type Workload = z.infer<typeof Workload>;

export const ModelManifest = z.strictObject({
  id: Id,
  title: z.string().min(1).max(200),
  phases: z.array(Phase).min(1),
  parameters: z.int().positive(),
  recipe: Recipe.nullable(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;

/** One model in the catalogue: what its plugin declares, under its path. */
export const ModelSummary = z.strictObject({
  ...ModelManifest.shape,
  id: ModelPath,
  /** Version of its plugin. */
  version: z.string().min(1).max(40),
  /** Whether it is its family's default. */
  default: z.boolean(),
  /** Batch by phase: `small` fits two CPU cores, `paper` is the paper's per GPU. */
  workloads: z.strictObject({
    small: z.partialRecord(Phase, z.int().positive()),
    paper: z.partialRecord(Phase, z.int().positive()),
  }),
});
export type ModelSummary = z.infer<typeof ModelSummary>;

export const PluginManifest = z.strictObject({
  id: Id,
  title: z.string().min(1).max(200),
  papers: z.array(Paper).min(1),
  models: z.array(ModelManifest).min(1),
});
export type PluginManifest = z.infer<typeof PluginManifest>;
