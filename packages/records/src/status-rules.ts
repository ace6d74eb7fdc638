import type { Case } from "@epochmark/schema";
import { checkTolerances } from "./check-tolerances.ts";
import { excerpt, problem } from "./problem.ts";
import type { CaseRule } from "./rule.ts";
import { rankedLaunches, verdictOf } from "./verdict.ts";

/** Engine whose numbers all others are held against: it has no error of its own. */
const reference = "tfjs-cpu";

/** What must hold of a case's status: it is the one that follows from what the record says of the launches. */
export const checkStatus: CaseRule = (of, path, file) => [
  ...checkReason(of, path, file),
  ...checkChecked(of, path, file),
  ...checkOk(of, path, file),
  ...checkPlacement(of, path, file),
  ...checkVerdict(of, path, file),
  ...checkCorrectness(of, path, file),
];

const checkReason: CaseRule = ({ status, reason }, path) => {
  if ((status === "ok") === (reason === null)) return [];
  const expected = status === "ok" ? "no reason for status ok" : `a reason for status ${status}`;
  return [problem([...path, "reason"], `expected ${expected}, found ${excerpt(reason)}`)];
};

/** A check that gave no result, or failed, is the status by itself: only an early end is graver. */
const checkChecked: CaseRule = ({ status, correctness }, path) => {
  if (correctness?.passed === true || (status !== "cpu_fallback" && !ofLaunches.has(status))) return [];
  const found = correctness === null ? "no check" : "a failed one";
  return [problem([...path, "correctness"], `expected a passed check for status ${status}, found ${found}`)];
};

const checkOk: CaseRule = ({ status, launches }, path, { mode }) => {
  if (status !== "ok") return [];
  const least = mode === "ranked" ? rankedLaunches : 1;
  const measured = launches.filter(({ samplesMs }) => samplesMs.length > 0).length;
  if (measured >= least) return [];
  const message = `expected ${least} or more launches with samples for status ok in mode ${mode}, found ${measured}`;
  return [problem([...path, "launches"], message)];
};

/** Nodes that ran on the CPU though the device is another. */
const checkPlacement: CaseRule = ({ status, reason, launches, engine }, path) => {
  const strays = launches.at(-1)?.placement["CPUExecutionProvider"] ?? 0;
  if (status === "cpu_fallback" && strays === 0)
    return [problem([...path, "status"], "expected nodes on the CPU for status cpu_fallback, found none")];
  if (strays === 0 || engine.device === "cpu" || !ofLaunches.has(status) || isUnfinished(reason, launches.length))
    return [];
  return [problem([...path, "status"], `expected cpu_fallback, found ${status}: ${strays} nodes ran on the CPU`)];
};

/** Statuses that say of launches that all ended well what `verdictOf` says of them. */
const ofLaunches: ReadonlySet<Case["status"]> = new Set<Case["status"]>([
  "ok",
  "spilled",
  "shared",
  "throttled",
  "unstable",
]);

const checkVerdict: CaseRule = ({ status, reason, launches }, path, { mode, gpu }) => {
  if (!ofLaunches.has(status)) return [];
  const verdict = verdictOf(launches, mode, gpu);
  if (verdict.status === status) return [];
  // A run that goes on, or was ended early, says so before anything else.
  if (status === "unstable" && isUnfinished(reason, launches.length)) return [];
  const why = verdict.reason === null ? "nothing in its launches says so" : verdict.reason;
  return [problem([...path, "status"], `expected ${verdict.status}, found ${status}: ${why}`)];
};

const isUnfinished = (reason: string | null, launches: number): boolean => {
  const [, done, planned] = /^only (\d+) of (\d+) launches were done$/.exec(reason ?? "") ?? [];
  return Number(done) === launches && launches < Number(planned);
};

const checkCorrectness: CaseRule = ({ correctness, precision, phase, engine }, path) => {
  if (!correctness?.passed) return [];
  const { relativeError, tolerance, lossFirst, lossLast } = correctness;
  const at = [...path, "correctness"];
  if (tolerance > checkTolerances[precision])
    return [
      problem([...at, "tolerance"], `expected ${checkTolerances[precision]} for ${precision}, found ${tolerance}`),
    ];
  if (relativeError === null && engine.id !== reference)
    return [problem([...at, "relativeError"], "expected an error of a passed check, found null")];
  if (phase !== "infer" && (lossFirst === null || lossLast === null))
    return [
      problem(
        [...at, lossFirst === null ? "lossFirst" : "lossLast"],
        `expected the loss of phase ${phase}, found null`,
      ),
    ];
  const wrong = relativeError !== null && relativeError > tolerance;
  const rises = lossFirst !== null && lossLast !== null && lossLast >= lossFirst;
  if (!wrong && !rises) return [];
  const found = wrong ? `an error of ${relativeError} over ${tolerance}` : `a loss from ${lossFirst} to ${lossLast}`;
  return [problem([...at, "passed"], `expected false, found true with ${found}`)];
};
