import { basename } from "node:path";
import { type Arrays, type Program, compile } from "@epochmark/compiler";
import type { Engine, Session } from "@epochmark/engines";
import { type BuildRequest, type Model, type Step, configFor } from "@epochmark/plugin-kit";
import { discoverPlugins } from "../discover/discover.ts";
import { findModel } from "../discover/find-model.ts";
import { UsageError } from "../errors.ts";
import { buildStep } from "../eval/build-step.ts";
import { type TargetOptions, chooseTarget } from "../eval/target.ts";
import { type Check, type StepRecord, type TrainRecord, checkEval, checkTrain, gradientNorms } from "./checks.ts";
import { dumpGolden } from "./dump.ts";
import { readGolden } from "./read.ts";
import { makeInput } from "./rule.ts";
import type { Golden, Input, Train } from "./schema.ts";
import { freshState } from "./state.ts";

export interface GoldenOptions extends TargetOptions {
  /** Folder for the raw tensors; none are written without. */
  dump?: string;
  /** Plugin folders beside the repository's own. */
  plugins?: readonly string[];
}

export interface GoldenReport {
  file: string;
  /** `plugin/model` as found. */
  model: string;
  engine: string;
  device: string;
  checks: Check[];
  passed: boolean;
  /** The file that was written; null when none was asked for. */
  dump: string | null;
}

/** Tensors of a golden as the engine computed them. */
export interface GoldenRun {
  outputs: Arrays;
  train: TrainRecord | null;
}

/** Where and what a golden is built for. */
interface Setting {
  file: string;
  golden: Golden;
  model: Model;
  request: BuildRequest & { size: "full" };
  engine: Engine;
  device: string;
  threads: number;
}

const gradientTap = "gradients/";

/**
 * Builds the model that a golden file names, with weights and inputs by the rule, runs inference and the train
 * step, and compares with the file's numbers.
 * @throws {UsageError} when the file, the model, the engine or the device is not what can be checked
 */
export async function runGolden(file: string, options: GoldenOptions = {}): Promise<GoldenReport> {
  const golden = await readGolden(file);
  const { plugins, errors } = await discoverPlugins(undefined, options.plugins);
  if (plugins.length === 0 && errors[0]) throw errors[0];
  const { found, model } = findModel(plugins, `${golden.build.plugin}/${golden.build.model}`);
  const target = await chooseTarget(options);
  const setting: Setting = { file, golden, model, request: requestOf(golden), ...target };
  const run: GoldenRun = {
    outputs: await runInference(setting),
    train: golden.train ? await runTraining(setting, golden.train) : null,
  };
  const checks = [
    ...checkEval(golden, run.outputs),
    ...(golden.train && run.train ? checkTrain(golden.train, golden.float32Error, run.train) : []),
  ];
  return {
    file: basename(file),
    model: `${found.plugin.id}/${model.id}`,
    engine: target.engine.id,
    device: target.device,
    checks,
    passed: checks.every(({ status }) => status !== "fail"),
    dump: options.dump === undefined ? null : await dumpGolden(options.dump, file, golden, run),
  };
}

function requestOf({ build, inputs, train }: Golden): Setting["request"] {
  const { part, overrides, trainObjective } = build;
  const rows = [...inputs, ...(train?.batch ?? [])];
  return {
    size: "full",
    ...(part !== undefined && { part }),
    ...(overrides && { overrides }),
    ...(trainObjective !== undefined && { trainObjective }),
    shapes: Object.fromEntries(rows.map(([name, shape]) => [name, shape])),
    ...(train?.optimizer && { optimizer: train.optimizer }),
  };
}

async function runInference(setting: Setting): Promise<Arrays> {
  const { golden, file } = setting;
  const step = stepFor(setting, "infer", golden.inputs);
  const inputs = pick(file, step, inputArrays(setting, golden.inputs));
  return withSession(setting, step, freshState(file, golden, step.state), (session) => session.run(inputs));
}

async function runTraining(setting: Setting, train: Train): Promise<TrainRecord> {
  const { file, golden, model, request } = setting;
  const step = stepFor(setting, "train", train.batch);
  const fresh = freshState(file, golden, step.state);
  const batch = inputArrays(setting, train.batch);
  const config = configFor(model, request);
  const learningRate = train.optimizer?.learningRate ?? 0;
  const updates = train.optimizer?.steps ?? train.optimizer?.iterations ?? 1;
  // Some files list the losses after the last update: one more step shows them, after the state was read.
  const more = train.afterSteps !== undefined || train.lossesBySteps.length > updates ? 1 : 0;
  return withSession(setting, step, fresh, async (session, program) => {
    const record: TrainRecord = { steps: [], gradients: {}, fresh, afterFirst: fresh, after: fresh };
    const read = async () => ({ ...fresh, ...(await session.readState(program.state.map(({ name }) => name))) });
    for (let t = 1; t <= updates + more; t++) {
      const outputs = await session.run(pick(file, step, model.goldenBatch(config, batch, learningRate, t)));
      const gradients = gradientsOf(outputs);
      record.steps.push(stepRecord(train, outputs, gradients));
      if (t === 1) record.gradients = gradients;
      if (t === 1 && Object.keys(train.buffersAfterFirstStep).length > 0) record.afterFirst = await read();
      if (t === updates) record.after = await read();
    }
    return record;
  });
}

function stepFor({ file, model, request }: Setting, phase: "infer" | "train", inputs: Input[]): Step {
  const batch = inputs[0]?.[1][0];
  if (!batch) throw new UsageError(`${file}: the first ${phase} input "${inputs[0]?.[0]}" has no batch dimension`);
  return buildStep(file, model, { ...request, phase, batch, taps: true });
}

async function withSession<T>(
  { engine, device, threads }: Setting,
  step: Step,
  state: Arrays,
  work: (session: Session, program: Program) => Promise<T>,
): Promise<T> {
  const program = compile(step);
  const session = await engine.load(program, { device, threads, state: structuredClone(state) });
  try {
    return await work(session, program);
  } finally {
    await session.dispose();
  }
}

function inputArrays({ file, golden }: Setting, rows: Input[]): Arrays {
  return Object.fromEntries(
    rows.map((row) => {
      const [name, shape] = row;
      const data = makeInput(golden.seed, row);
      if (data.length === sizeOf(shape)) return [name, data];
      throw new UsageError(`${file}: input "${name}" has ${data.length} numbers, its shape is [${shape.join()}]`);
    }),
  );
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((all, n) => all * n, 1);

/** Exactly the inputs that the step takes. @throws {UsageError} when the file has not all of them, or in another size */
function pick(file: string, step: Step, arrays: Arrays): Arrays {
  return Object.fromEntries(
    step.inputs.map(({ name, shape }) => {
      const data = arrays[name];
      if (!data) throw new UsageError(`${file}: ${step.name} takes an input "${name}" that the file does not give`);
      if (data.length !== sizeOf(shape))
        throw new UsageError(
          `${file}: input "${name}" has ${data.length} elements, ${step.name} takes [${shape.join()}]`,
        );
      return [name, data];
    }),
  );
}

function gradientsOf(outputs: Arrays): Arrays {
  const taps = Object.entries(outputs).filter(([name]) => name.startsWith(gradientTap));
  return Object.fromEntries(taps.map(([name, gradient]) => [name.slice(gradientTap.length), gradient]));
}

function stepRecord(train: Train, outputs: Arrays, gradients: Arrays): StepRecord {
  const scalars = Object.entries(outputs).filter(([name, data]) => data.length === 1 && !name.startsWith(gradientTap));
  return {
    scalars: Object.fromEntries(scalars.map(([name, data]) => [name, data[0]!])),
    norms: gradientNorms(train, gradients),
  };
}
