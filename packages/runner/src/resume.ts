import { join } from "node:path";
import { caseKey } from "@epochmark/records";
import { findRunFiles, readRunFile } from "@epochmark/records/node";
import type { Case, GpuIdentity, Harness, RunFile } from "@epochmark/schema";
import type { Progress } from "./case-record.ts";
import type { Ending } from "./child/ending.ts";
import { UsageError } from "./errors.ts";

/**
 * The newest run of this device and mode that did not come to its end, as it lies on disk.
 * @throws {UsageError} when there is none, or other code than this measured it
 */
export async function findUnfinished(
  folder: string,
  { id, pciBus }: GpuIdentity,
  mode: RunFile["mode"],
  harness: Harness,
): Promise<{ path: string; file: RunFile }> {
  const [newest] = (await readableRecords(join(folder, id)))
    .filter(({ file }) => file.finishedAt === null && file.mode === mode)
    // Another card of the same name has runs of its own, and a run beside others cannot go on alone.
    .filter(({ file }) => file.gpu.pciBus === pciBus && file.cases.every(({ replicas }) => replicas === 1))
    .toSorted((a, b) => Date.parse(b.file.startedAt) - Date.parse(a.file.startedAt));
  if (!newest) throw new UsageError(`no unfinished ${mode} run of ${id} to resume: start one without --resume`);
  if (JSON.stringify(newest.file.harness) !== JSON.stringify(harness))
    throw new UsageError(`run ${newest.file.id} was measured by other code: start a new one without --resume`);
  return newest;
}

/** The records below a folder; what is no record is passed over. */
export async function readableRecords(folder: string): Promise<{ path: string; file: RunFile }[]> {
  const paths = await findRunFiles([folder]).catch(() => []);
  const read = await Promise.allSettled(paths.map(async (path) => ({ path, file: await readRunFile(path) })));
  return read.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/** Nothing is known of a case yet. */
export const noProgress = (): Progress => ({
  launches: [],
  cost: null,
  correctness: null,
  ending: null,
  strays: {},
  apart: [],
});

/** What an earlier part of the run has found out about a case; nothing where it was not reached. */
export function progressOf(planned: Case, earlier: readonly Case[]): Progress {
  const found = earlier.find((other) => caseKey(other) === caseKey(planned));
  if (!found) return noProgress();
  if (found.engine.version !== planned.engine.version)
    throw new UsageError(
      `${caseKey(planned)} was measured with ${found.engine.version}: start a new run without --resume`,
    );
  const { launches, cost, correctness } = found;
  return { ...noProgress(), launches: [...launches], cost, correctness, ending: endingOf(found) };
}

const early: readonly string[] = ["oom", "failed", "unsupported", "timeout"] satisfies Ending["status"][];

/** The ending of a case whose launch ended early. A check that failed ended none: its reason follows from the check. */
function endingOf({ status, reason, correctness, launches }: Case): Ending | null {
  if (!early.includes(status) || reason === null || correctness?.passed === false) return null;
  if (status === "failed" && correctness === null && launches.length > 0) return null;
  return { status: status as Ending["status"], reason };
}
