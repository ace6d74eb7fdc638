import type { Launch } from "@epochmark/schema";
import { blockHalfWidth, preciseEnough } from "./bootstrap.ts";
import { excerpt, problem, type JsonPath, type Problem } from "./problem.ts";
import type { CaseRule } from "./rule.ts";

/** Times are written to 0.1 µs. */
const rounding = 1e-4;

/** What must hold of each launch: times that fit into its window, an end that its samples give, memory with its method. */
export const checkLaunches: CaseRule = ({ launches, phase, cost }, path) => {
  const problems = launches.flatMap((launch, i) => {
    const at = [...path, "launches", i];
    return [
      ...checkOrder(launch, launches.slice(0, i), at),
      ...checkWindow(launch, at),
      ...checkStop(launch, at),
      ...checkLoss(launch, phase, at),
      ...checkMemory(launch, at),
      ...checkConditions(launch, at),
    ];
  });
  if (cost === null && launches.some(isMeasured))
    problems.push(problem([...path, "cost"], "expected the cost of what was measured, found null"));
  return problems;
};

const isMeasured = ({ samplesMs }: Launch): boolean => samplesMs.length > 0;

/** Launches are processes of their own: what two of them share was copied. */
const checkOrder = (launch: Launch, earlier: readonly Launch[], path: JsonPath): Problem[] => {
  const problems: Problem[] = [];
  if (earlier.some(({ index }) => index >= launch.index))
    problems.push(problem([...path, "index"], `expected launches in order, found ${launch.index}`));
  const sameSeed = earlier.find(({ seed }) => seed === launch.seed);
  if (sameSeed) problems.push(problem([...path, "seed"], `the same as of launch ${sameSeed.index}`));
  const samples = String(launch.samplesMs);
  const same = launch.samplesMs.length > 2 && earlier.find(({ samplesMs }) => String(samplesMs) === samples);
  if (same) problems.push(problem([...path, "samplesMs"], `the same samples as of launch ${same.index}`));
  return problems;
};

const checkWindow = ({ samplesMs, wallMs, overheadMs }: Launch, path: JsonPath): Problem[] => {
  const problems: Problem[] = [];
  if (samplesMs.length > 0 && wallMs === 0)
    problems.push(problem([...path, "wallMs"], "expected the wall time of the samples' window, found 0"));
  const sum = samplesMs.reduce((total, sample) => total + sample, 0);
  const allowed = wallMs * (1 + 1e-6) + rounding * (samplesMs.length + 1);
  if (sum > allowed)
    problems.push(
      problem([...path, "wallMs"], `expected the ${sum.toFixed(1)} ms of its samples or more, found ${wallMs}`),
    );
  if (overheadMs !== null && overheadMs > allowed)
    problems.push(problem([...path, "overheadMs"], `expected a part of ${wallMs} ms, found ${overheadMs}`));
  return problems;
};

/** Records from before the end of a window was kept say nothing. */
const checkStop = ({ samplesMs, stop, halfWidth }: Launch, path: JsonPath): Problem[] => {
  if (stop === null) return [];
  const expected = blockHalfWidth(samplesMs);
  const tolerance = expected === null ? 0 : (2 * rounding * (1 + expected)) / Math.min(...samplesMs) + 1e-9;
  const fits =
    expected === null || halfWidth === null ? expected === halfWidth : Math.abs(expected - halfWidth) <= tolerance;
  if (!fits)
    return [
      problem([...path, "halfWidth"], `expected ${excerpt(expected)} from the samples, found ${excerpt(halfWidth)}`),
    ];
  if (stop === "precise" && (halfWidth === null || halfWidth >= preciseEnough))
    return [problem([...path, "stop"], `expected a half-width under ${preciseEnough}, found ${excerpt(halfWidth)}`)];
  return [];
};

const checkLoss = ({ samplesMs, lossFirst, lossLast }: Launch, phase: string, path: JsonPath): Problem[] => {
  if (phase === "infer" || samplesMs.length === 0 || (lossFirst !== null && lossLast !== null)) return [];
  const missing = lossFirst === null ? "lossFirst" : "lossLast";
  return [problem([...path, missing], `expected the loss of phase ${phase}, found null`)];
};

const checkMemory = ({ memory }: Launch, path: JsonPath): Problem[] =>
  Object.entries(memory).flatMap(([name, { value, method, reason }]) => {
    if (value === null ? reason !== null : method !== null) return [];
    return [problem([...path, "memory", name], "expected a value with its method, or null with its reason")];
  });

const checkConditions = ({ conditions: { thermal } }: Launch, path: JsonPath): Problem[] => {
  if (!thermal.known || thermal.maxC >= Math.max(thermal.startC, thermal.endC)) return [];
  const message = `expected the highest of ${thermal.startC} and ${thermal.endC} or more, found ${thermal.maxC}`;
  return [problem([...path, "conditions", "thermal", "maxC"], message)];
};
