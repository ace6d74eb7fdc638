import type { RunFile, Summary } from "@epochmark/schema";
import { caseKey } from "./case-key.ts";
import { costFaults } from "./cost-rules.ts";
import { contentHash } from "./hash.ts";
import { checkIdentity } from "./identity-rules.ts";
import { checkLaunches } from "./launch-rules.ts";
import { runFilePath } from "./names.ts";
import { physicsOf } from "./physics.ts";
import { findPrivate } from "./privacy.ts";
import { excerpt, problem, type JsonPath, type Problem } from "./problem.ts";
import { type CaseRule, isClose } from "./rule.ts";
import { checkStatus } from "./status-rules.ts";
import { summarize } from "./summary.ts";

export type Report = {
  /** The record must not be published. */
  problems: Problem[];
  /** Odd, but possible on an honest machine. */
  warnings: Problem[];
};

/**
 * Whether a well-formed run file is true to itself: hash, summaries recomputed from raw samples, statuses that
 * follow from them, costs of the generated table, times in order, a device that is what its id says, rates that it
 * can reach, nothing that names a person or a machine.
 *
 * @param options.path where the file lies; then its folder and name are checked too
 * @param options.now in ms since 1970; nothing can have been measured after it
 */
export const validateRunFile = async (
  file: RunFile,
  { path, now = Date.now() }: { path?: string; now?: number } = {},
): Promise<Report> => {
  // Half a megabyte that only this needs: pages that show records do not load it.
  const { costProfiles } = await import("@epochmark/catalog/costs");
  const cases = file.cases.flatMap((found, i) => caseRules.flatMap((rule) => rule(found, ["cases", i], file)));
  const costs = file.cases.map((found, i) => costFaults(found, ["cases", i], costProfiles));
  return {
    problems: [
      ...(await checkHash(file)),
      ...(path === undefined ? [] : checkPlace(file, path)),
      ...checkRunTimes(file, now),
      ...checkRepeats(file),
      ...checkPrivacy(file, []),
      ...checkIdentity(file),
      ...cases,
      ...costs.flatMap(({ problems }) => problems),
    ],
    warnings: [
      ...checkLaunchTimes(file),
      ...checkDuration(file),
      ...checkOddRates(file),
      ...costs.flatMap(({ odd }) => odd),
    ],
  };
};

const checkHash = async (file: RunFile): Promise<Problem[]> => {
  const hash = await contentHash(file);
  if (hash === file.contentHash) return [];
  return [problem(["contentHash"], `the content was changed after it was written: its hash is ${hash}`)];
};

const checkPlace = (file: RunFile, path: string): Problem[] => {
  const expected = runFilePath(file).split("/");
  const found = path.split(/[\\/]/).slice(-2);
  // A file named without its folder can only be held against its name.
  const inFolder = found.length === 2 && found[0] !== "" && found[0] !== ".";
  if (inFolder ? found.join("/") === expected.join("/") : found.at(-1) === expected[1]) return [];
  return [problem([], `expected at ${expected.join("/")}, found at ${found.join("/")}`)];
};

/** Clocks of machines and time zones differ, by less than this (ms). */
const ahead = 2 * 24 * 3_600_000;

const checkRunTimes = ({ startedAt, finishedAt, cases }: RunFile, now: number): Problem[] => {
  const future = (at: string, path: JsonPath): Problem[] =>
    Date.parse(at) > now + ahead ? [problem(path, `expected a time that has been, found ${at}`)] : [];
  const problems = [
    ...future(startedAt, ["startedAt"]),
    ...cases.flatMap(({ launches }, i) =>
      launches.flatMap((launch, j) => future(launch.startedAt, ["cases", i, "launches", j, "startedAt"])),
    ),
  ];
  if (finishedAt === null) return problems;
  if (Date.parse(finishedAt) < Date.parse(startedAt))
    problems.push(problem(["finishedAt"], `expected a time after startedAt, found ${finishedAt}`));
  return [...problems, ...future(finishedAt, ["finishedAt"])];
};

/** A clock may be set while a run goes on, so launches out of order are no proof of anything. */
const checkLaunchTimes = ({ startedAt, finishedAt, cases }: RunFile): Problem[] => {
  const from = Date.parse(startedAt);
  const to = finishedAt === null ? Infinity : Date.parse(finishedAt);
  return cases.flatMap(({ launches }, i) =>
    launches.flatMap((launch, j) => {
      const at = Date.parse(launch.startedAt);
      const after = j === 0 ? from : Date.parse(launches[j - 1]!.startedAt);
      if (at >= Math.max(from, after) && at <= to) return [];
      return [problem(["cases", i, "launches", j, "startedAt"], `out of the run's order of time: ${launch.startedAt}`)];
    }),
  );
};

/** Launches of a run follow each other: together they cannot take longer than it, but for a clock that was set back. */
const checkDuration = ({ startedAt, finishedAt, cases }: RunFile): Problem[] => {
  if (finishedAt === null) return [];
  const runMs = Date.parse(finishedAt) - Date.parse(startedAt);
  const measuredMs = cases
    .flatMap(({ launches }) => launches)
    .reduce((sum, { sessionMs, firstStepMs, warmup, wallMs }) => sum + sessionMs + firstStepMs + warmup.ms + wallMs, 0);
  if (measuredMs <= runMs + 1000) return [];
  const seconds = (ms: number): string => (ms / 1000).toFixed(0);
  return [problem(["finishedAt"], `the run lasted ${seconds(runMs)} s, its launches ${seconds(measuredMs)} s`)];
};

const checkOddRates = (file: RunFile): Problem[] =>
  file.cases.flatMap((found, i) => physicsOf(found, file).odd.map((odd) => problem(["cases", i, "summary"], odd)));

const checkRepeats = ({ cases }: RunFile): Problem[] => {
  const first = new Map<string, number>();
  return cases.flatMap((found, i) => {
    const key = caseKey(found);
    const earlier = first.get(key);
    if (earlier !== undefined) return [problem(["cases", i], `the same case as cases[${earlier}]: ${key}`)];
    first.set(key, i);
    return [];
  });
};

const checkPrivacy = (value: unknown, path: JsonPath): Problem[] => {
  if (typeof value === "string") {
    const found = findPrivate(value);
    return found === null ? [] : [problem(path, `expected no ${found.what}, found ${excerpt(found.text)}`)];
  }
  if (Array.isArray(value)) return value.flatMap((element, i) => checkPrivacy(element, [...path, i]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = [...path, key];
    return checkPrivacy(key, at).concat(checkPrivacy(member, at));
  });
};

const checkSummary: CaseRule = ({ launches, workload, summary }, path) => {
  // Reported by checkLaunches; no throughput follows from it.
  if (launches.some(({ samplesMs, wallMs }) => samplesMs.length > 0 && wallMs === 0)) return [];
  const expected = summarize(launches, workload.batch);
  if (expected === null || summary === null) {
    if (expected === summary) return [];
    const message = expected === null ? "expected null without any sample" : "expected a summary of the samples";
    return [problem([...path, "summary"], `${message}, found ${excerpt(summary)}`)];
  }
  return differences(summary, expected, [...path, "summary"]);
};

/** Fields of a written summary that the samples do not give. */
const differences = (
  found: Partial<Summary> | Summary[keyof Summary],
  expected: unknown,
  path: JsonPath,
): Problem[] => {
  if (typeof expected === "object" && expected !== null) {
    return Object.entries(expected).flatMap(([key, member]) =>
      differences((found as Record<string, never>)[key]!, member, [...path, key]),
    );
  }
  if (found === expected || (typeof found === "number" && typeof expected === "number" && isClose(found, expected))) {
    return [];
  }
  return [problem(path, `expected ${excerpt(expected)} from the samples, found ${excerpt(found)}`)];
};

const checkPhysics: CaseRule = (found, path, file) => {
  const { impossible } = physicsOf(found, file);
  return impossible === null ? [] : [problem([...path, "summary"], impossible)];
};

const caseRules: readonly CaseRule[] = [checkStatus, checkLaunches, checkSummary, checkPhysics];
