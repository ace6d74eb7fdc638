import type { Case, Launch, RunFile, Summary } from "@epochmark/schema";
import { caseKey } from "./case-key.ts";
import { contentHash } from "./hash.ts";
import { runFilePath } from "./names.ts";
import { physicsOf } from "./physics.ts";
import { findPrivate } from "./privacy.ts";
import { excerpt, problem, type JsonPath, type Problem } from "./problem.ts";
import { rankedLaunches, verdictOf } from "./verdict.ts";
import { summarize } from "./summary.ts";

export type Report = {
  /** The record must not be published. */
  problems: Problem[];
  /** Odd, but possible on an honest machine. */
  warnings: Problem[];
};

/**
 * Whether a well-formed run file is true to itself: hash, summaries recomputed from raw samples, statuses that
 * follow from them, times in order, rates that its GPU can reach, nothing that names a person or a machine.
 *
 * @param options.path where the file lies; then its folder and name are checked too
 */
export const validateRunFile = async (file: RunFile, options: { path?: string } = {}): Promise<Report> => {
  const cases = file.cases.flatMap((found, i) => caseRules.flatMap((rule) => rule(found, ["cases", i], file)));
  return {
    problems: [
      ...(await checkHash(file)),
      ...(options.path === undefined ? [] : checkPlace(file, options.path)),
      ...checkRunTimes(file),
      ...checkRepeats(file),
      ...checkPrivacy(file, []),
      ...cases,
    ],
    warnings: [...checkLaunchTimes(file), ...checkOddRates(file)],
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

const checkRunTimes = ({ startedAt, finishedAt }: RunFile): Problem[] =>
  finishedAt !== null && Date.parse(finishedAt) < Date.parse(startedAt)
    ? [problem(["finishedAt"], `expected a time after startedAt, found ${finishedAt}`)]
    : [];

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

const checkOddRates = (file: RunFile): Problem[] =>
  file.cases.flatMap((found, i) => physicsOf(found, file.gpu).odd.map((odd) => problem(["cases", i, "summary"], odd)));

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

type CaseRule = (of: Case, path: JsonPath, file: RunFile) => Problem[];

const checkReason: CaseRule = ({ status, reason }, path) => {
  if ((status === "ok") === (reason === null)) return [];
  const expected = status === "ok" ? "no reason for status ok" : `a reason for status ${status}`;
  return [problem([...path, "reason"], `expected ${expected}, found ${excerpt(reason)}`)];
};

const checkOk: CaseRule = ({ status, correctness, launches }, path, { mode, gpu }) => {
  if (status !== "ok") return [];
  const problems: Problem[] = [];
  if (correctness?.passed !== true) {
    const found = correctness === null ? "no check" : "a failed one";
    problems.push(problem([...path, "correctness"], `expected a passed check for status ok, found ${found}`));
  }
  const least = mode === "ranked" ? rankedLaunches : 1;
  const measured = launches.filter(({ samplesMs }) => samplesMs.length > 0).length;
  if (measured < least) {
    const message = `expected ${least} or more launches with samples for status ok in mode ${mode}, found ${measured}`;
    problems.push(problem([...path, "launches"], message));
  }
  const verdict = verdictOf(launches, mode, gpu);
  if (verdict.status !== "ok")
    problems.push(problem([...path, "status"], `expected ${verdict.status}, found ok: ${verdict.reason}`));
  return problems;
};

const checkCorrectness: CaseRule = ({ correctness }, path) => {
  if (!correctness?.passed) return [];
  const { relativeError, tolerance, lossFirst, lossLast } = correctness;
  const wrong = relativeError !== null && relativeError > tolerance;
  const rises = lossFirst !== null && lossLast !== null && lossLast >= lossFirst;
  if (!wrong && !rises) return [];
  const found = wrong ? `an error of ${relativeError} over ${tolerance}` : `a loss from ${lossFirst} to ${lossLast}`;
  return [problem([...path, "correctness", "passed"], `expected false, found true with ${found}`)];
};

const checkLaunches: CaseRule = ({ launches }, path) =>
  launches.flatMap((launch, i) => {
    const at = [...path, "launches", i];
    const problems = checkMemory(launch, at);
    if (i > 0 && launch.index <= launches[i - 1]!.index) {
      problems.push(problem([...at, "index"], `expected launches in order, found ${launch.index}`));
    }
    if (launch.samplesMs.length > 0 && launch.wallMs === 0) {
      problems.push(problem([...at, "wallMs"], "expected the wall time of the samples' window, found 0"));
    }
    return problems;
  });

const checkMemory = ({ memory }: Launch, path: JsonPath): Problem[] =>
  Object.entries(memory).flatMap(([name, { value, method, reason }]) => {
    if (value === null ? reason !== null : method !== null) return [];
    return [problem([...path, "memory", name], "expected a value with its method, or null with its reason")];
  });

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

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

const checkPhysics: CaseRule = (found, path, { gpu }) => {
  const { impossible } = physicsOf(found, gpu);
  return impossible === null ? [] : [problem([...path, "summary"], impossible)];
};

const caseRules: readonly CaseRule[] = [
  checkReason,
  checkOk,
  checkCorrectness,
  checkLaunches,
  checkSummary,
  checkPhysics,
];
