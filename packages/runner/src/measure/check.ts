import type { Arrays, Program } from "@epochmark/compiler";
import type { Engine } from "@epochmark/engines";
import type { Correctness } from "@epochmark/schema";
import { type OpenRequest, type Target, prepare } from "./open.ts";
import { makeBatches, Stepper } from "./stepper.ts";

/** Largest relative L2 error of an output in fp32. */
const tolerance = 1e-4;
/** Steps that are held against the reference: from the second on they show the update too. */
const comparedSteps = 3;
/** Steps on one repeated batch after which its loss must be lower than at first. */
const fallingSteps = 10;
/** Mixed batches pair images up, so the number is even. */
const batch = 2;
/** The same check on every machine. */
const seed = 1;

/**
 * Whether this engine and device compute what the model says: its tiny size against the eager reference engine, and
 * in training a loss that falls. Errors of the engine are errors of the check, not thrown.
 */
export async function check(
  request: Pick<OpenRequest, "model" | "phase">,
  target: Target,
  reference: Engine,
): Promise<Correctness> {
  const opened: OpenRequest = { ...request, size: "tiny", build: {}, batch, seed };
  const found: Correctness = {
    passed: false,
    relativeError: null,
    tolerance,
    lossFirst: null,
    lossLast: null,
    reason: null,
  };
  try {
    const { program, state } = prepare(opened);
    const steps = opened.phase === "infer" ? 1 : comparedSteps;
    const runs = (engine: Engine, device: string): Promise<Arrays[]> =>
      run(program, engine, { device, threads: target.threads, state: copy(state) }, opened, steps);
    // An engine held against itself proves nothing.
    if (target.engine.id !== reference.id)
      found.relativeError = largestError(await runs(target.engine, target.device), await runs(reference, "cpu"));
    if (opened.phase !== "infer") Object.assign(found, await fall(program, target, copy(state), opened));
    found.reason = fault(found);
    found.passed = found.reason === null;
  } catch (error) {
    found.reason = `the check could not be run: ${(error as Error).message.split("\n")[0]}`;
  }
  return found;
}

function fault({ relativeError, lossFirst, lossLast }: Correctness): string | null {
  if (relativeError !== null && relativeError > tolerance)
    return `outputs differ from the reference engine by ${relativeError.toExponential(1)}, more than ${tolerance}`;
  if (lossFirst !== null && lossLast !== null && lossLast >= lossFirst)
    return `the loss on one repeated batch did not fall: ${lossFirst} at first, ${lossLast} after ${fallingSteps} steps`;
  return null;
}

type Load = Parameters<Engine["load"]>[1];

async function run(
  program: Program,
  engine: Engine,
  load: Load,
  request: OpenRequest,
  steps: number,
): Promise<Arrays[]> {
  const session = await engine.load(program, load);
  try {
    const batches = await makeBatches(request, comparedSteps);
    const stepper = new Stepper(session, batches, request.phase, names(program));
    const outputs: Arrays[] = [];
    // Copied: an engine may use its buffers again.
    for (let i = 0; i < steps; i++) outputs.push(copy(await stepper.step()));
    return outputs;
  } finally {
    await session.dispose();
  }
}

async function fall(
  program: Program,
  { engine, device, threads }: Target,
  state: Arrays,
  request: OpenRequest,
): Promise<Pick<Correctness, "lossFirst" | "lossLast">> {
  const session = await engine.load(program, { device, threads, state });
  try {
    const stepper = new Stepper(session, await makeBatches(request, 1), request.phase, names(program));
    await stepper.step();
    const lossFirst = stepper.loss;
    for (let i = 1; i < fallingSteps; i++) await stepper.step();
    return { lossFirst, lossLast: stepper.loss };
  } finally {
    await session.dispose();
  }
}

const names = (program: Program): string[] => program.outputs.map(({ name }) => name);

const copy = (arrays: Arrays): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));

/** Largest relative L2 error over all outputs of all steps. */
function largestError(found: readonly Arrays[], expected: readonly Arrays[]): number {
  const errors = expected.flatMap((outputs, step) =>
    Object.entries(outputs).map(([name, values]) => distance(found[step]?.[name], values)),
  );
  return Math.max(0, ...errors);
}

/** ‖found − expected‖ / ‖expected‖, with 1 where a value is missing. */
function distance(found: Arrays[string] | undefined, expected: Arrays[string]): number {
  if (found?.length !== expected.length) return 1;
  let difference = 0;
  let norm = 0;
  for (const [i, value] of expected.entries()) {
    difference += ((found[i] as number) - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / Math.max(norm, Number.MIN_VALUE));
}
