import { z } from "zod";
import { Id, ModelPath, Phase, Precision } from "./ids.ts";
import { Line } from "./text.ts";

/** The software that a figure is of, or that a prediction is for. */
export const Software = z.enum(["pytorch", "tensorflow", "onnxruntime", "torch7"]);
export type Software = z.infer<typeof Software>;

/** Where published figures come from and what they are of. */
export const FigureSource = z.strictObject({
  id: Id,
  title: Line(400).min(1),
  licence: Line(200).min(1),
  software: Software,
  version: Line(200).min(1),
  conditions: Line(400).min(1),
  /** Whether attention runs as one kernel that never writes the maps out. */
  fusedAttention: z.boolean(),
  /** Whether its half-precision images lie channels last (NHWC), where that is known to differ from the framework's custom. */
  channelsLast: z.boolean().default(false),
});
export type FigureSource = z.infer<typeof FigureSource>;

/** One published throughput. */
export const Throughput = z.strictObject({
  source: Id,
  gpu: Id,
  model: ModelPath,
  phase: Phase,
  precision: Precision,
  /** Samples on one GPU in a step. */
  batch: z.int().positive(),
  gpus: z.int().positive(),
  /** Of all GPUs together. */
  imagesPerSecond: z.number().positive(),
  notes: Line(400).optional(),
});
export type Throughput = z.infer<typeof Throughput>;

/** A whole training whose time somebody reported. */
export const Training = z.strictObject({
  id: Id,
  model: ModelPath,
  gpu: Id,
  gpus: z.int().positive(),
  precision: Precision,
  /** Samples on one GPU in a step. */
  batch: z.int().positive(),
  steps: z.int().positive(),
  samples: z.int().positive(),
  hours: z.number().positive(),
  software: Software,
  source: Line(400).min(1),
  notes: Line(400),
});
export type Training = z.infer<typeof Training>;

/** Everything that was published and entered by hand. */
export const Figures = z.strictObject({
  sources: z.array(FigureSource),
  throughput: z.array(Throughput),
  trainings: z.array(Training),
  /** What a framework keeps of one training sample for the backward pass (fp32, MiB): measured. */
  activations: z.array(
    z.strictObject({ model: ModelPath, mebibytesPerSample: z.number().positive(), source: Line(400).min(1) }),
  ),
  /** What was said about a GPU without a figure. */
  statements: z.array(z.strictObject({ id: Id, claim: Line(400).min(1), gpu: Id, source: Line(400).min(1) })),
});
export type Figures = z.infer<typeof Figures>;
