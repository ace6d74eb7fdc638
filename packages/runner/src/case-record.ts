import { summarize, verdictOf } from "@epochmark/records";
import type { Case, Correctness, Cost, GpuIdentity, Launch, Status } from "@epochmark/schema";
import type { RunMode } from "./budget.ts";
import type { Ending } from "./child/ending.ts";
import type { PlannedCase } from "./plan/plan.ts";

/** What is known of a case so far. */
export interface Progress {
  launches: Launch[];
  cost: Cost | null;
  correctness: Correctness | null;
  /** Why a launch ended early; no more are tried after it. */
  ending: Ending | null;
  /** Operations that ran on the CPU though the device is another, with how many nodes each. */
  strays: Record<string, number>;
  /** Of launches that were to be timed beside others: what was not so, one line each. */
  apart: string[];
}

export interface Terms {
  mode: RunMode;
  /** Launches that the run does of each case. */
  launches: number;
  /** Threads of one operator on a CPU device. */
  threads: number;
  /** Devices that measure the same at the same time. */
  replicas: number;
  /** Whose figures these are. */
  gpu: GpuIdentity;
}

/** The case as the run file holds it: true after every launch, so that a run that is killed leaves no false claim. */
export function caseRecord(planned: PlannedCase, progress: Progress, terms: Terms): Case {
  const { found, model, phase, size, workload, engine, device, precision } = planned;
  const { launches, cost, correctness } = progress;
  return {
    plugin: found.plugin.id,
    pluginVersion: found.plugin.version,
    model: model.id,
    phase,
    size,
    workload: { name: workload.name, batch: workload.batch, inputs: workload.inputs },
    engine: {
      id: engine.id,
      version: engine.version,
      device: device.id,
      threads: device.kind === "cpu" ? terms.threads : null,
      adapter: device.name,
    },
    precision,
    replicas: terms.replicas,
    ...judge(progress, terms),
    warnings: [...warningsOf(launches), ...progress.apart],
    batchSearch: planned.batchSearch ?? null,
    cost,
    correctness,
    launches,
    summary: summarize(launches, workload.batch),
  };
}

/** What a reader should know besides the status. */
function warningsOf(launches: readonly Launch[]): string[] {
  const overhead = summarize(launches, 1)?.overhead ?? 0;
  if (overhead <= largestOverhead) return [];
  return [
    `${(100 * overhead).toFixed(1)} % of the windows were not the engine's, of at most ${100 * largestOverhead} %`,
  ];
}

/** Share of a window that feeding batches and looking at losses may take. */
const largestOverhead = 0.01;

/** The status that follows from what happened; the gravest reason counts. */
function judge(
  { launches, correctness, ending, strays }: Progress,
  terms: Terms,
): { status: Status; reason: string | null } {
  if (ending) return ending;
  if (!correctness) return { status: "failed", reason: "the correctness check gave no result" };
  if (!correctness.passed) return { status: "failed", reason: `failed its check: ${correctness.reason}` };
  if (launches.length < terms.launches)
    return { status: "unstable", reason: `only ${launches.length} of ${terms.launches} launches were done` };
  if (Object.keys(strays).length > 0) return { status: "cpu_fallback", reason: strayReason(strays, launches) };
  return verdictOf(launches, terms.mode, terms.gpu);
}

function strayReason(strays: Record<string, number>, launches: readonly Launch[]): string {
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  const all = sum(Object.values(launches.at(-1)?.placement ?? {}));
  const listed = Object.entries(strays)
    .toSorted(([, a], [, b]) => b - a)
    .map(([op, count]) => `${op} × ${count}`)
    .join(", ");
  return `${sum(Object.values(strays))} of ${all} nodes ran on the CPU: ${listed}`.slice(0, 500);
}
