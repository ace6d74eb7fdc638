import { leaderboard } from "@epochmark/records";
import type { Case, RunFile } from "@epochmark/schema";

/** One measured case of a GPU in its history. */
export type PastCase = { file: RunFile; found: Case; caseIndex: number; stands: boolean };

/** Every case that was measured on a GPU, by model and phase, the newest first; those that stand in the leaderboard marked. */
export const historyOf = (files: readonly RunFile[], gpu: string): PastCase[] => {
  const own = files.filter((file) => file.gpu.id === gpu);
  const standing = new Set(leaderboard(own).map(({ runId, caseIndex }) => `${runId} ${caseIndex}`));
  const cases = own.flatMap((file) =>
    file.cases.map((found, caseIndex) => {
      const stands = standing.has(`${file.id} ${caseIndex}`);
      return { file, found, caseIndex, stands };
    }),
  );
  return cases.toSorted(
    (a, b) =>
      caseTask(a).localeCompare(caseTask(b), "en") || Date.parse(b.file.startedAt) - Date.parse(a.file.startedAt),
  );
};

/** What a past case computed, in one word that orders them. */
export const caseTask = ({ found }: PastCase): string =>
  [
    found.plugin,
    found.model,
    found.phase,
    found.workload.name,
    found.workload.batch,
    found.precision,
    found.replicas,
  ].join(" ");
