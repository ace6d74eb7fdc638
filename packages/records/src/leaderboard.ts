import type { Case, GpuIdentity, Mode, Precision, Phase, RunFile, Size, Status, Summary } from "@epochmark/schema";
import { taskKey } from "./case-key.ts";
import { type Candidate, confirmations, rankedInterval, standing } from "./standing.ts";

/** One line of the leaderboard: the run that stands for one task on one GPU with one engine. */
export type LeaderboardRow = {
  gpu: GpuIdentity;
  /** Equal for rows that compare: what was computed. */
  task: string;
  plugin: string;
  model: string;
  phase: Phase;
  size: Size;
  /** Name of the workload. */
  workload: Case["workload"]["name"];
  batch: number;
  precision: Precision;
  /** Id of the engine, its version, and the device as the engine names it. */
  engine: string;
  engineVersion: string;
  device: string;
  mode: Mode;
  status: Status;
  /** Why the status is not `ok`. */
  reason: string | null;
  summary: Summary | null;
  startedAt: string;
  runId: string;
  /** Where the case stands in its run file. */
  caseIndex: number;
  /**
   * 1 + the number of other GPUs that are wholly faster at the same task: their interval of step times ends below the
   * start of this one. GPUs whose intervals overlap may share a rank. Only `ok` in mode `ranked` is ranked.
   */
  rank: number | null;
  /** Other ranked runs of this GPU, task and engine whose interval overlaps this one's. */
  confirmations: number;
};

/**
 * The leaderboard over any run files: per GPU, model, phase, size, workload with batch and input shapes, precision
 * and engine one row, taken from the run that `standing` names. Sorted by task, then throughput. What a GPU did beside
 * others (`replicas` above 1) is no figure of that GPU and has no row.
 */
export const leaderboard = (runFiles: readonly RunFile[]): LeaderboardRow[] => {
  const all = runFiles.flatMap((file) =>
    file.cases.filter(({ replicas }) => replicas === 1).map((found) => ({ file, case: found, task: taskKey(found) })),
  );
  const groups = Map.groupBy(all, ({ file, case: { engine }, task }) => [file.gpu.id, task, engine.id].join(" "));
  const stands = [...groups.values()].map((group) => {
    const candidate = standing(group);
    return { ...candidate, confirmations: confirmations(candidate, group) };
  });
  const tasks = Map.groupBy(stands, ({ task }) => task);
  return [...tasks.keys()].toSorted().flatMap((task) => {
    const candidates = tasks.get(task)!;
    return candidates.map((candidate) => row(candidate, rankOf(candidate, candidates))).toSorted(byThroughput);
  });
};

const rankOf = (candidate: Candidate, rivals: readonly Candidate[]): number | null => {
  const own = rankedInterval(candidate);
  if (own === null) return null;
  const faster = rivals.filter((rival) => (rankedInterval(rival)?.high ?? Infinity) < own.low);
  const gpus = new Set(faster.map(({ file }) => file.gpu.id));
  gpus.delete(candidate.file.gpu.id);
  return 1 + gpus.size;
};

const row = (
  { file, case: found, task, confirmations: confirmed }: Candidate & { confirmations: number },
  rank: number | null,
): LeaderboardRow => ({
  gpu: file.gpu,
  task,
  plugin: found.plugin,
  model: found.model,
  phase: found.phase,
  size: found.size,
  workload: found.workload.name,
  batch: found.workload.batch,
  precision: found.precision,
  engine: found.engine.id,
  engineVersion: found.engine.version,
  device: found.engine.device,
  mode: file.mode,
  status: found.status,
  reason: found.reason,
  summary: found.summary,
  startedAt: file.startedAt,
  runId: file.id,
  caseIndex: file.cases.indexOf(found),
  rank,
  confirmations: confirmed,
});

const byThroughput = (a: LeaderboardRow, b: LeaderboardRow): number =>
  (b.summary?.imagesPerSecond.median ?? 0) - (a.summary?.imagesPerSecond.median ?? 0) ||
  a.gpu.id.localeCompare(b.gpu.id, "en");
