import type { Case, GpuIdentity, Interval, RunFile, Summary } from "@epochmark/schema";
import { taskKey } from "./case-key.ts";
import { type Ratio, speedRatio, type Timed } from "./ratio.ts";

/** One GPU's part of a case that several measured at the same time. */
type Replica = {
  gpu: GpuIdentity["id"];
  /** As the engine names it. */
  device: string;
  batch: number;
  status: Case["status"];
  reason: string | null;
  warnings: readonly string[];
  /** Null where it was not measured (img/s). */
  imagesPerSecond: Interval | null;
  /** The record that says what it does alone; null where there is none. */
  alone: { run: string; imagesPerSecond: number } | null;
  /** Speed beside the others over speed alone: what lies below 1 is lost by contention. */
  ratio: Ratio | null;
};

/** A case that several GPUs measured at the same time. */
export type ReplicaCase = {
  /** Path and phase. */
  model: string;
  phase: Case["phase"];
  /** Sum over the GPUs that were measured (img/s); null where none was. */
  imagesPerSecond: number | null;
  replicas: Replica[];
};

/**
 * Runs of several GPUs at the same time, case by case. What a GPU does alone is taken from the newest `ok` record of the
 * same task and engine without others beside it, if there is one of the very card, else of a card of that name.
 */
export const replicaCases = (runs: readonly RunFile[], records: readonly RunFile[]): ReplicaCase[] => {
  const all = runs.flatMap((run) => run.cases.map((found) => ({ run, found })));
  const groups = Map.groupBy(all, ({ found }) => `${found.plugin}/${found.model} ${found.phase}`);
  return [...groups.values()].map((group) => {
    const { plugin, model, phase } = group[0]!.found;
    const replicas = group.map(({ run, found }) => replicaOf(run, found, records));
    const rates = replicas.flatMap(({ imagesPerSecond }) => imagesPerSecond?.median ?? []);
    const imagesPerSecond = rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0);
    return { model: `${plugin}/${model}`, phase, imagesPerSecond, replicas };
  });
};

const replicaOf = ({ gpu }: RunFile, found: Case, records: readonly RunFile[]): Replica => {
  const { engine, workload, status, reason, warnings, summary } = found;
  const alone = aloneOf(gpu, found, records);
  return {
    gpu: gpu.id,
    device: engine.device,
    batch: workload.batch,
    status,
    reason,
    warnings,
    imagesPerSecond: summary?.imagesPerSecond ?? null,
    alone: alone && { run: alone.run, imagesPerSecond: alone.summary.imagesPerSecond.median },
    ratio: alone && summary && speedRatio(imageTime(alone.summary), imageTime(summary)),
  };
};

/** Throughput turned over, so that the ratio is that of the figures shown. */
const imageTime = ({ imagesPerSecond: { median, low, high }, launches }: Summary): Timed => ({
  stepMs: { median: 1 / median, low: high && 1 / high, high: low && 1 / low },
  launches,
});

const aloneOf = (gpu: GpuIdentity, found: Case, records: readonly RunFile[]) => {
  const key = taskKey({ ...found, replicas: 1 });
  const candidates = records
    .filter((file) => file.gpu.id === gpu.id)
    .flatMap((file) =>
      file.cases
        .filter((other) => other.status === "ok" && other.engine.id === found.engine.id && taskKey(other) === key)
        .flatMap(({ summary }) => (summary ? [{ run: file.id, file, summary }] : [])),
    );
  const itself = (file: RunFile): number => Number(gpu.pciBus !== null && file.gpu.pciBus === gpu.pciBus);
  const [best] = candidates.toSorted(
    (a, b) => itself(b.file) - itself(a.file) || Date.parse(b.file.startedAt) - Date.parse(a.file.startedAt),
  );
  return best ?? null;
};
