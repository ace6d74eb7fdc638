import type { Arrays } from "@epochmark/compiler";
import { at, changeError, l2, largestOfObjective, lossTerms, relativeL2, tensorError } from "./compare.ts";
import type { Float32Error, Golden, LossTree, Output, Train } from "./schema.ts";
import { tolerances } from "./tolerances.ts";

/** One quantity of a golden file against what the engine computed. */
export interface Check {
  /** `outputs/logits`, `gradients/head.weight`, … */
  name: string;
  /** Relative error; null where there is nothing to compare. */
  error: number | null;
  /** null for quantities that are shown but not judged. */
  tolerance: number | null;
  status: "pass" | "fail" | "info";
  /** One line: why there is no error, or why it is not judged. */
  note: string | null;
}

/** What one call of the train step gave. */
export interface StepRecord {
  /** Outputs of one element, by name. */
  scalars: Record<string, number>;
  /** Length of all gradients together by network (`""`: all networks). */
  norms: Record<string, number>;
}

/** What a golden's training left behind. Parameters and buffers are in the state's official layout. */
export interface TrainRecord {
  steps: StepRecord[];
  /** Of the first step, by parameter. */
  gradients: Arrays;
  fresh: Arrays;
  afterFirst: Arrays;
  after: Arrays;
}

/** Outputs and intermediates of inference. Intermediates that the model does not tap are left out; none is judged. */
export function checkEval({ eval: expected, float32Error }: Golden, outputs: Arrays): Check[] {
  const judged = Object.entries(expected.outputs).flatMap(([name, reference]) =>
    checkOutput(name, reference, outputs[name], float32Error),
  );
  const shown = Object.entries(expected.intermediates)
    .filter(([name]) => outputs[name])
    .map(([name, reference]) => {
      const error = relativeL2(at(outputs[name]!, reference), reference.values ?? []);
      return info(`intermediates/${name}`, error, "for orientation");
    });
  return [...judged, ...shown];
}

function checkOutput(
  name: string,
  reference: Output,
  yours: Arrays[string] | undefined,
  float32Error: Float32Error,
): Check[] {
  if (!yours) return [missing(`outputs/${name}`, "the model has no such output")];
  const size = reference.shape.reduce((all, n) => all * n, 1);
  if (yours.length !== size)
    return [missing(`outputs/${name}`, `has ${yours.length} elements, expected [${reference.shape.join()}]`)];
  const values = at(yours, reference);
  const raw = judge(`outputs/${name}`, relativeL2(values, reference.values ?? []), tolerances.outputs(float32Error));
  if (float32Error.outputsCentred === undefined) return [raw];
  const centred = relativeL2(values, reference.values ?? [], reference.mean);
  return [raw, judge(`outputs/${name} (mean taken out)`, centred, tolerances.outputsCentred(float32Error))];
}

/** Losses, gradients, norms, buffers and the change of parameters, in the order in which a step makes them. */
export function checkTrain(train: Train, float32Error: Float32Error, record: TrainRecord): Check[] {
  return [
    ...checkLosses("losses", train.losses, record.steps[0]!, tolerances.losses()),
    ...checkGradients(train, float32Error, record),
    ...train.lossesBySteps.flatMap((tree, k) =>
      checkTerms(`steps/${k}`, lossTerms(tree), record.steps[k]!.scalars, tolerances.lossesBySteps(float32Error, k)),
    ),
    ...train.gradientNormsBySteps.map((norm, k) =>
      judge(
        `steps/${k}/gradientNorm`,
        relativeL2([record.steps[k]!.norms[""]!], [norm]),
        tolerances.gradientNormsBySteps(float32Error),
      ),
    ),
    ...(train.afterSteps === undefined
      ? []
      : checkLosses("afterSteps", train.afterSteps, record.steps.at(-1)!, tolerances.afterSteps(float32Error))),
    ...checkBuffers(train, float32Error, record),
    ...checkParameters(train, float32Error, record),
  ];
}

/**
 * Losses with nothing updated yet. A step of several updates, such as a GAN's, shows them as taps
 * `losses/<term>`: its own outputs belong to networks that it has already changed.
 */
function checkLosses(group: string, tree: LossTree, { scalars }: StepRecord, tolerance: number): Check[] {
  return checkTerms(group, lossTerms(tree), untouchedLosses(scalars), tolerance);
}

/** Losses by term, those tapped as `losses/<term>` before those that the step returns. */
export function untouchedLosses(scalars: Record<string, number>): Record<string, number> {
  const tapped = Object.entries(scalars).filter(([name]) => name.startsWith("losses/"));
  return { ...scalars, ...Object.fromEntries(tapped.map(([name, value]) => [name.slice("losses/".length), value])) };
}

function checkTerms(
  group: string,
  terms: [string, number][],
  yours: Record<string, number>,
  tolerance: number,
): Check[] {
  return terms.map(([term, expected]) => {
    const value = yours[term];
    if (value === undefined) return missing(`${group}/${term}`, "the train step has no such loss");
    return judge(`${group}/${term}`, Math.abs(value - expected) / largestOfObjective(term, terms), tolerance);
  });
}

function checkGradients(train: Train, float32Error: Float32Error, { gradients, steps }: TrainRecord): Check[] {
  const judged = Object.entries(train.gradients).filter(([name]) => !train.zeroGradients.includes(name));
  const each = judged.map(([name, reference]) => {
    const yours = gradients[name];
    if (!yours) return missing(`gradients/${name}`, "the train step taps no such gradient");
    const tolerance = tolerances.gradient(float32Error, reference.float32Error);
    return judge(`gradients/${name}`, tensorError(yours, reference), tolerance);
  });
  const together = tolerances.gradientsAllTogether(float32Error);
  const found = judged.filter(([name]) => gradients[name]);
  const networks = float32Error.gradientsAllTogether === undefined ? [] : networksOf(train);
  const all = networks.map((network) => {
    const members = found.filter(([name]) => inNetwork(name, network));
    const yours = members.flatMap(([name, reference]) => at(gradients[name]!, reference));
    const expected = members.flatMap(([, reference]) => reference.values ?? []);
    return judge(label("gradients", network), relativeL2(yours, expected), together);
  });
  const norms = Object.entries(normsByNetwork(train)).map(([network, norm]) =>
    judge(label("gradientNorm", network), relativeL2([steps[0]!.norms[network]!], [norm]), together),
  );
  return [...each, ...all, ...norms];
}

function checkBuffers(train: Train, float32Error: Float32Error, { afterFirst }: TrainRecord): Check[] {
  return Object.entries(train.buffersAfterFirstStep).map(([name, reference]) => {
    const yours = afterFirst[name];
    if (!yours) return missing(`buffersAfterFirstStep/${name}`, "the model has no such buffer");
    return judge(`buffersAfterFirstStep/${name}`, tensorError(yours, reference), tolerances.buffers(float32Error));
  });
}

function checkParameters(train: Train, float32Error: Float32Error, { after, fresh }: TrainRecord): Check[] {
  const judged = Object.entries(train.parametersAfterSteps).filter(([name]) => !train.zeroGradients.includes(name));
  return judged.map(([name, reference]) => {
    const yours = after[name];
    const before = fresh[name];
    if (!yours || !before) return missing(`after/${name}`, "the model has no such parameter");
    const error = changeError(yours, before, reference);
    if (train.optimizer?.separate) return info(`after/${name}`, error, "a GAN's first Adam steps act like sign(g)");
    return judge(`after/${name}`, error, tolerances.parameterChange(float32Error, reference.float32ErrorOfChange));
  });
}

/** Names of the networks whose gradients are measured apart; `""` stands for everything together. */
function networksOf(train: Train): string[] {
  return Object.keys(normsByNetwork(train));
}

/** Whether a parameter belongs to a network: official names carry the network's name as prefix. */
function inNetwork(parameter: string, network: string): boolean {
  return network === "" || parameter.startsWith(`${network}.`);
}

/** Length of all listed gradients of each network, those left out that are zero in exact arithmetic. */
export function gradientNorms(train: Train, gradients: Arrays): Record<string, number> {
  const listed = Object.keys(train.gradients).filter((name) => !train.zeroGradients.includes(name));
  return Object.fromEntries(
    networksOf(train).map((network) => {
      const lengths = listed
        .filter((name) => inNetwork(name, network) && gradients[name])
        .map((name) => l2(gradients[name]!));
      return [network, Math.hypot(...lengths)];
    }),
  );
}

function normsByNetwork({ gradientNorm }: Train): Record<string, number> {
  return typeof gradientNorm === "number" ? { "": gradientNorm } : gradientNorm;
}

function label(what: string, network: string): string {
  return network === "" ? `${what} (all together)` : `${what} (all of ${network})`;
}

function judge(name: string, error: number, tolerance: number): Check {
  return { name, error, tolerance, status: error <= tolerance ? "pass" : "fail", note: null };
}

function info(name: string, error: number, note: string): Check {
  return { name, error, tolerance: null, status: "info", note };
}

function missing(name: string, note: string): Check {
  return { name, error: null, tolerance: null, status: "fail", note };
}
