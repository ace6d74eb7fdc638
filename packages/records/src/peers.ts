import { mad, median } from "simple-statistics";
import type { Case, RunFile } from "@epochmark/schema";
import { taskKey } from "./case-key.ts";
import { problem } from "./problem.ts";
import type { Report } from "./validate.ts";

/** Other records that a verdict needs. */
const fewest = 3;
/** Drivers and cooling explain this factor between honest cards of one kind. */
const usual = 1.3;
/** Scaled median absolute deviations beyond which a record stands apart. */
const deviations = 4;
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const scale = 1.4826;

/** What is kept of a measured case to hold others against it: a folder of ten thousand records is looked at in one go. */
export interface Peer {
  runId: string;
  gpuId: string;
  /** Task and engine. */
  key: string;
  status: Case["status"];
  stepMs: number;
  /** Raw samples of its launches, as text. */
  samples: string[];
}

/** The measured cases of a record. */
export const peersOf = ({ id, gpu, cases }: RunFile): Peer[] =>
  cases.flatMap((found) => {
    const { summary, status, launches } = found;
    if (summary === null) return [];
    const samples = launches.filter(({ samplesMs }) => samplesMs.length > 2).map(({ samplesMs }) => String(samplesMs));
    return [{ runId: id, gpuId: gpu.id, key: keyOf(found), status, stepMs: summary.stepMs.median, samples }];
  });

/**
 * A record held against others: launches whose samples are another record's are copies of it; a step time that stands
 * apart from those of the same GPU, task and engine is odd.
 */
export const heldAgainst = (file: RunFile, peers: readonly Peer[]): Report => {
  const others = peers.filter(({ runId }) => runId !== file.id);
  const copied = new Map(others.flatMap(({ samples, runId }) => samples.map((text) => [text, runId] as const)));
  const report: Report = { problems: [], warnings: [] };
  for (const [i, found] of file.cases.entries()) {
    for (const [j, { samplesMs }] of found.launches.entries()) {
      const origin = copied.get(String(samplesMs));
      if (origin === undefined) continue;
      report.problems.push(problem(["cases", i, "launches", j, "samplesMs"], `the same samples as of run ${origin}`));
    }
    const message = outlier(
      found,
      others.filter(({ gpuId }) => gpuId === file.gpu.id),
    );
    if (message !== null) report.warnings.push(problem(["cases", i, "summary", "stepMs"], message));
  }
  return report;
};

const outlier = (found: Case, peers: readonly Peer[]): string | null => {
  const key = keyOf(found);
  const logs = peers.filter((peer) => peer.status === "ok" && peer.key === key).map(({ stepMs }) => Math.log(stepMs));
  if (found.summary === null || logs.length < fewest) return null;
  const distance = Math.log(found.summary.stepMs.median) - median(logs);
  if (Math.abs(distance) <= Math.max(Math.log(usual), deviations * scale * mad(logs))) return null;
  const factor = Math.exp(Math.abs(distance)).toFixed(2);
  return `${factor} times ${distance < 0 ? "faster" : "slower"} than the middle of ${logs.length} other records`;
};

const keyOf = (of: Case): string => `${taskKey(of)} ${of.engine.id}`;
