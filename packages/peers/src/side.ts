import type { Arrays, BuildRequest } from "@epochmark/plugin-kit";

/** What both sides are asked, the same for each. */
export interface LaunchRequest {
  /** `plugin/model` */
  model: string;
  phase: "train" | "infer" | "online";
  batch: number;
  /** What differs from the model's full size: a smaller crop, say. */
  build: BuildRequest;
  threads: number;
  samples: number;
  signal?: AbortSignal;
}

/** What the PyTorch side must agree with and is fed. */
export interface PhaseData {
  /** Name and shape of every trainable parameter. */
  parameters: [name: string, shape: readonly number[]][];
  inputs: { name: string; shape: readonly number[]; data: Arrays[string] }[];
}

/** What one process of either side measured. */
export interface LaunchResult {
  /** Time of a step by sample, in ms, in time order. */
  stepsMs: number[];
  /** Peak resident memory of the process in MiB; null where the system does not tell. */
  peakMiB: number | null;
  memoryMethod: string;
  /** Name and version of what computed. */
  software: string;
  /** Time of one step by operation, in ms, under each side's own names. */
  operatorMs: Record<string, number>;
}
