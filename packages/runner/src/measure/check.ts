import type { Arrays, Program } from "@epochmark/compiler";
import type { Engine } from "@epochmark/engines";
import { checkTolerances } from "@epochmark/records/check-tolerances";
import type { Correctness } from "@epochmark/schema";
import { largestError, sampleOf } from "./expected.ts";
import { type OpenRequest, type Target, prepare } from "./open.ts";
import { makeBatches, Stepper } from "./stepper.ts";

/** Steps that are held against the reference: from the second on they show the update too. */
const comparedSteps = 3;
/** Steps on one repeated batch after which its loss must be lower than at first. */
const fallingSteps = 10;
/** Mixed batches pair images up, so the number is even. */
const batch = 2;
/** The same check on every machine. */
const seed = 1;

/**
 * Whether this engine and device compute what the model says: its tiny size against the numbers that the plugin ships
 * (where it ships none, against the eager reference engine) and, in training, a loss that falls. Errors of the engine
 * are errors of the check, not thrown.
 */
export async function check(
  request: CheckRequest,
  target: Target,
  reference: Engine,
  expected: Expected | null = null,
): Promise<Correctness> {
  const found: Correctness = {
    passed: false,
    relativeError: null,
    tolerance: checkTolerances[request.precision ?? "fp32"],
    lossFirst: null,
    lossLast: null,
    reason: null,
  };
  try {
    const prepared = await prepareCheck(request);
    // An engine held against itself proves nothing.
    const theirs = target.engine.id === reference.id ? null : (expected ?? (await referenceOf(prepared, reference)));
    const { outputs, ...losses } = await run(prepared, target, { falling: request.phase !== "infer" });
    if (theirs) found.relativeError = largestError(outputs, theirs);
    Object.assign(found, losses);
    found.reason = fault(found);
    found.passed = found.reason === null;
  } catch (error) {
    found.reason = `the check could not be run: ${(error as Error).message.split("\n")[0]}`;
  }
  return found;
}

/** What the reference engine computes: the numbers that a plugin ships. */
export async function expectedOf(request: CheckRequest, reference: Engine): Promise<Expected> {
  return referenceOf(await prepareCheck(request), reference);
}

type CheckRequest = Pick<OpenRequest, "model" | "phase" | "precision">;
type Expected = ReturnType<typeof sampleOf>[];

interface Prepared {
  opened: OpenRequest;
  program: Program;
  state: Arrays;
  batches: Arrays[];
}

async function prepareCheck({ model, phase, precision = "fp32" }: CheckRequest): Promise<Prepared> {
  const opened: OpenRequest = { model, phase, size: "tiny", build: {}, batch, seed, precision };
  return { opened, ...prepare(opened), batches: await makeBatches(opened, comparedSteps) };
}

async function referenceOf(prepared: Prepared, engine: Engine): Promise<Expected> {
  const { outputs } = await run(prepared, { engine, device: "cpu", threads: 1 }, { falling: false });
  return outputs.map(sampleOf);
}

function fault({ relativeError, tolerance, lossFirst, lossLast }: Correctness): string | null {
  if (relativeError !== null && relativeError > tolerance)
    return `outputs differ from the reference engine by ${relativeError.toExponential(1)}, more than ${tolerance}`;
  if (lossFirst !== null && lossLast !== null && lossLast >= lossFirst)
    return `the loss on one repeated batch did not fall: ${lossFirst} at first, ${lossLast} after ${fallingSteps} steps`;
  return null;
}

/** The compared steps, then (when the loss should fall) further ones on the first batch, all in one session. */
async function run(
  { opened, program, state, batches }: Prepared,
  { engine, device, threads }: Target,
  { falling }: { falling: boolean },
): Promise<Pick<Correctness, "lossFirst" | "lossLast"> & { outputs: Arrays[] }> {
  // The session may write over what it is given.
  const session = await engine.load(program, { device, threads, state: copy(state) });
  try {
    const stepper = new Stepper(session, batches, opened.phase, names(program));
    const outputs: Arrays[] = [];
    // Copied: an engine may use its buffers again.
    for (let i = 0; i < (opened.phase === "infer" ? 1 : comparedSteps); i++) outputs.push(copy(await stepper.step()));
    if (!falling) return { outputs, lossFirst: null, lossLast: null };
    const repeated = new Stepper(session, batches.slice(0, 1), opened.phase, names(program));
    await repeated.step();
    const lossFirst = repeated.loss;
    for (let i = 1; i < fallingSteps; i++) await repeated.step();
    return { outputs, lossFirst, lossLast: repeated.loss };
  } finally {
    await session.dispose();
  }
}

const names = (program: Program): string[] => program.outputs.map(({ name }) => name);

const copy = (arrays: Arrays): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));
