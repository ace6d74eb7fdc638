import { leaderboard, type LeaderboardRow } from "@epochmark/records";
import type { Case, RunFile } from "@epochmark/schema";

/** A line of the leaderboard and where its case stands in its run file. */
export type TableRow = LeaderboardRow & { caseIndex: number };

/** The leaderboard of these run files, each row with the position of its case, so that it can link there. */
export const tableRows = (files: readonly RunFile[]): TableRow[] => {
  const byId = new Map(files.map((file) => [file.id, file]));
  return leaderboard(files).map((row) => {
    const caseIndex = byId.get(row.runId)!.cases.findIndex((found) => isCaseOf(row, found));
    return Object.assign({ caseIndex }, row);
  });
};

const isCaseOf = (row: LeaderboardRow, found: Case): boolean =>
  found.summary === row.summary &&
  found.plugin === row.plugin &&
  found.model === row.model &&
  found.phase === row.phase &&
  found.size === row.size &&
  found.workload.name === row.workload &&
  found.workload.batch === row.batch &&
  found.precision === row.precision &&
  found.engine.id === row.engine &&
  found.engine.device === row.device;

/** img/s that a throughput bar's full width stands for: the largest figure or interval end of these rows. */
export const barScale = (rows: readonly LeaderboardRow[]): number =>
  Math.max(0, ...rows.map(({ summary }) => summary?.imagesPerSecond.high ?? summary?.imagesPerSecond.median ?? 0));
