import { leaderboard, type LeaderboardRow } from "@epochmark/records";
import { Phase, type Case, type RunFile } from "@epochmark/schema";

/** A line of the leaderboard and where its case stands in its run file. */
export type TableRow = LeaderboardRow & { caseIndex: number };

/**
 * The leaderboard of these run files, each row with the position of its case, so that it can link there. By model, in
 * it the train step first, then as `leaderboard` sorts.
 */
export const tableRows = (files: readonly RunFile[]): TableRow[] => {
  const byId = new Map(files.map((file) => [file.id, file]));
  const rows = leaderboard(files).map((row) => {
    const caseIndex = byId.get(row.runId)!.cases.findIndex((found) => isCaseOf(row, found));
    return Object.assign({ caseIndex }, row);
  });
  return rows.toSorted(
    (a, b) =>
      a.plugin.localeCompare(b.plugin, "en") ||
      a.model.localeCompare(b.model, "en") ||
      Phase.options.indexOf(a.phase) - Phase.options.indexOf(b.phase),
  );
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
