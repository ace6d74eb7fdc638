import type { Phase, Precision, RunFile, Software } from "@epochmark/schema";

/** A measured case, as far as predictions learn from it. */
export interface Evidence {
  gpu: string;
  model: string;
  phase: Phase;
  precision: Precision;
  software: Software;
  batch: number;
  /** Seconds a step with the ends of the 95 % interval; null where one launch gives none. */
  seconds: { median: number; low: number | null; high: number | null };
}

const softwareOf: Readonly<Record<string, Software>> = {
  onnxruntime: "onnxruntime",
  "tfjs-node": "tensorflow",
};

/**
 * The measured cases of run files: full size, ended well, one GPU alone, on an engine whose software the planner knows;
 * the newest wins.
 */
export function evidenceOf(runs: readonly RunFile[]): Evidence[] {
  const newest = runs.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const found = new Map<string, Evidence>();
  for (const run of newest)
    for (const { plugin, model, phase, size, status, summary, engine, precision, workload, replicas } of run.cases) {
      const software = softwareOf[engine.id];
      if (size !== "full" || status !== "ok" || !summary || !software || replicas > 1) continue;
      const { median, low, high } = summary.stepMs;
      const seconds = { median: median / 1000, low: low && low / 1000, high: high && high / 1000 };
      const evidence = {
        gpu: run.gpu.id,
        model: `${plugin}/${model}`,
        phase,
        precision,
        software,
        batch: workload.batch,
        seconds,
      };
      found.set([evidence.gpu, evidence.model, phase, precision, software, workload.batch].join(" "), evidence);
    }
  return [...found.values()];
}
