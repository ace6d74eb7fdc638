import type { Case, RunFile } from "@epochmark/schema";

/** A case that may stand for a GPU at a task, and the run that it is of. */
export type Candidate = { file: RunFile; case: Case; task: string };

/**
 * The case that stands for a GPU among all of one task and engine: of the ranked ones with status `ok` the newest of
 * the best software version, which is the pair of engine version and driver whose newest run is fastest. An unlucky
 * run does not stay for ever and a lucky one does not win for ever. Without such a case the newest ranked, else the
 * newest.
 */
export const standing = (candidates: readonly Candidate[]): Candidate => {
  const newestFirst = candidates.toSorted(byNewest);
  const versions = Map.groupBy(newestFirst.filter(rankedInterval), softwareOf);
  const [best] = [...versions.values()].map(([newest]) => newest!).toSorted((a, b) => speed(b) - speed(a));
  return best ?? newestFirst.find(({ file }) => file.mode === "ranked") ?? newestFirst[0]!;
};

/** Other candidates that are ranked and whose interval of step times overlaps that of the one that stands. */
export const confirmations = (stands: Candidate, candidates: readonly Candidate[]): number => {
  const own = rankedInterval(stands);
  if (own === null) return 0;
  const agreeing = candidates.filter((other) => {
    const interval = other.file.id === stands.file.id ? null : rankedInterval(other);
    return interval !== null && interval.low <= own.high && interval.high >= own.low;
  });
  return agreeing.length;
};

/** The interval of step times that ranks a case (ms); null where it is not ranked. */
export const rankedInterval = ({
  file,
  case: { status, summary },
}: Candidate): { low: number; high: number } | null => {
  if (file.mode !== "ranked" || status !== "ok" || summary === null) return null;
  const { low, high } = summary.stepMs;
  return low === null || high === null ? null : { low, high };
};

const softwareOf = ({ file, case: { engine } }: Candidate): string => `${engine.version} ${file.gpu.driver ?? ""}`;

const speed = ({ case: { summary } }: Candidate): number => summary?.imagesPerSecond.median ?? 0;

/** The run id decides between equals, so that the order is stable. */
const byNewest = (a: Candidate, b: Candidate): number =>
  Date.parse(b.file.startedAt) - Date.parse(a.file.startedAt) || (a.file.id > b.file.id ? -1 : 1);
