import type { Case, GpuIdentity, Mode, Precision, Phase, RunFile, Size, Status, Summary } from "@epochmark/schema";
import { taskKey } from "./case-key.ts";

/** One line of the leaderboard: the newest word about one task on one GPU with one engine. */
export type LeaderboardRow = {
  gpu: GpuIdentity;
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
  /**
   * 1 + the number of other GPUs that are wholly faster at the same task: their interval of step times ends below the
   * start of this one. GPUs whose intervals overlap may share a rank. Only `ok` in mode `ranked` is ranked.
   */
  rank: number | null;
};

type Candidate = { file: RunFile; case: Case; task: string };

/**
 * The leaderboard over any run files: per GPU, model, phase, size, workload with batch and input shapes, precision
 * and engine one row, taken from the newest ranked run, else from the newest. Sorted by task, then throughput.
 */
export const leaderboard = (runFiles: readonly RunFile[]): LeaderboardRow[] => {
  const newest = new Map<string, Candidate>();
  for (const file of runFiles) {
    for (const found of file.cases) {
      const candidate = { file, case: found, task: taskKey(found) };
      const key = [file.gpu.id, candidate.task, found.engine.id].join(" ");
      const other = newest.get(key);
      if (!other || comesBefore(candidate, other)) newest.set(key, candidate);
    }
  }
  const tasks = Map.groupBy(newest.values(), ({ task }) => task);
  return [...tasks.keys()].toSorted().flatMap((task) => {
    const candidates = tasks.get(task)!;
    return candidates.map((candidate) => row(candidate, rankOf(candidate, candidates))).toSorted(byThroughput);
  });
};

/** Ranked before unranked, then the newest; the run id decides between equals so that the order is stable. */
const comesBefore = (a: Candidate, b: Candidate): boolean => {
  const ranked = Number(a.file.mode === "ranked") - Number(b.file.mode === "ranked");
  if (ranked !== 0) return ranked > 0;
  const newer = Date.parse(a.file.startedAt) - Date.parse(b.file.startedAt);
  return newer === 0 ? a.file.id > b.file.id : newer > 0;
};

type Bounds = { low: number; high: number };

const rankedBounds = ({ file, case: { status, summary } }: Candidate): Bounds | null => {
  if (file.mode !== "ranked" || status !== "ok" || summary === null) return null;
  const { low, high } = summary.stepMs;
  return low === null || high === null ? null : { low, high };
};

const rankOf = (candidate: Candidate, rivals: readonly Candidate[]): number | null => {
  const own = rankedBounds(candidate);
  if (own === null) return null;
  const faster = rivals.filter((rival) => (rankedBounds(rival)?.high ?? Infinity) < own.low);
  const gpus = new Set(faster.map(({ file }) => file.gpu.id));
  gpus.delete(candidate.file.gpu.id);
  return 1 + gpus.size;
};

const row = ({ file, case: found }: Candidate, rank: number | null): LeaderboardRow => ({
  gpu: file.gpu,
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
  rank,
});

const byThroughput = (a: LeaderboardRow, b: LeaderboardRow): number =>
  (b.summary?.imagesPerSecond.median ?? 0) - (a.summary?.imagesPerSecond.median ?? 0) ||
  a.gpu.id.localeCompare(b.gpu.id, "en");
