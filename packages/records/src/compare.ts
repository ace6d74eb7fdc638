import type { Case, RunFile } from "@epochmark/schema";
import { taskKey } from "./case-key.ts";
import { meanSpeedRatio, type Ratio, speedRatio } from "./ratio.ts";
import { type Candidate, standing } from "./standing.ts";

/** What two cases may differ in though they are compared. */
export const allowances = ["precision", "batch", "engine"] as const;
export type Allowance = (typeof allowances)[number];

/** Two cases of the same task, and how many times faster the second is. */
interface Pair {
  a: Case;
  b: Case;
  ratio: Ratio;
}

export interface Comparison {
  pairs: Pair[];
  /** Cases that only one side measured. */
  missing: { side: "a" | "b"; case: Case }[];
  /** Geometric mean over the pairs; null where there is none. */
  mean: Ratio | null;
}

/**
 * Two sets of records, case by case: of each side the case that stands for its task. Unlike things (precision, batch,
 * engine) are compared only where the caller allows it; sizes and phases never.
 */
export const compareRuns = (
  a: readonly RunFile[],
  b: readonly RunFile[],
  allowed: readonly Allowance[] = [],
): Comparison => {
  const [ofA, ofB] = [a, b].map((files) => standingByKey(files, allowed)) as [Map<string, Case>, Map<string, Case>];
  const pairs = [...ofA].flatMap(([key, one]) => {
    const other = ofB.get(key);
    return other ? [{ a: one, b: other, ratio: speedRatio(timed(one), timed(other)) }] : [];
  });
  const only = (side: "a" | "b", own: Map<string, Case>, others: Map<string, Case>) =>
    [...own].flatMap(([key, found]) => (others.has(key) ? [] : [{ side, case: found }]));
  return {
    pairs,
    missing: [...only("a", ofA, ofB), ...only("b", ofB, ofA)],
    mean: meanSpeedRatio(pairs.map((pair) => [timed(pair.a), timed(pair.b)] as const)),
  };
};

const standingByKey = (files: readonly RunFile[], allowed: readonly Allowance[]): Map<string, Case> => {
  const candidates = files.flatMap((file) =>
    file.cases
      .filter(({ summary }) => summary !== null)
      .map((found): Candidate => ({ file, case: found, task: taskKey(found) })),
  );
  const groups = Map.groupBy(candidates, ({ case: found }) => comparisonKey(found, allowed));
  return new Map([...groups].map(([key, group]) => [key, standing(group).case]));
};

const comparisonKey = (of: Case, allowed: readonly Allowance[]): string => {
  const free = (what: Allowance, value: string): string => (allowed.includes(what) ? "any" : value);
  const { plugin, model, phase, size, workload, precision, engine, replicas } = of;
  // Another batch changes the shapes of every input, and the name of the workload.
  const task = allowed.includes("batch") ? "any" : taskKey({ ...of, precision: "fp32" });
  return [
    plugin,
    model,
    phase,
    size,
    replicas,
    task,
    free("precision", precision),
    free("engine", engine.id),
    free("batch", String(workload.batch)),
  ].join(" ");
};

/** Images are what is compared where batches differ: the time of one image. */
const timed = ({ summary, workload }: Case) => {
  const { median, low, high } = summary!.stepMs;
  const each = (value: number | null): number | null => value && value / workload.batch;
  return { stepMs: { median: median / workload.batch, low: each(low), high: each(high) }, launches: summary!.launches };
};
