/** What both sides are asked, the same for each. */
export interface LaunchRequest {
  /** `plugin/model` */
  model: string;
  phase: "train" | "infer";
  batch: number;
  threads: number;
  samples: number;
  signal?: AbortSignal;
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
}
