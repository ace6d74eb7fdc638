import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Arrays } from "@epochmark/compiler";
import { initialState, type Model, type Recipe, type Step } from "@epochmark/plugin-kit";
import { readSafetensors } from "@epochmark/plugin-kit/checkpoints";
import type { Size } from "@epochmark/schema";
import { discoverPlugins } from "../discover/discover.ts";
import { findModel } from "../discover/find-model.ts";
import { UsageError } from "../errors.ts";
import { chooseTarget, type TargetOptions } from "../eval/target.ts";
import { type Identity, newestCheckpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { Loader } from "./loader.ts";
import type { Skipped } from "./protocol.ts";
import { stageAt, StagedSession, stagesOf } from "./stages.ts";

export interface TrainOptions extends TargetOptions {
  model: string;
  /** Folder of the data set; without it batches are made from the shipped photographs. */
  data?: string | undefined;
  /** Folder of checkpoints and log. */
  out: string;
  /** Updates after which to stop. Default: the whole recipe. */
  steps?: number | undefined;
  /** Epochs of the recipe. Default: the recipe's. */
  epochs?: number | undefined;
  /** Images an update. Default: the recipe's batch on one GPU. */
  batch?: number | undefined;
  size?: Size | undefined;
  seed?: number | undefined;
  /** A safetensors file whose tensors, under official names, replace the random ones: pretrained networks. */
  weights?: string | undefined;
  resume?: boolean | undefined;
  checkpointEvery?: number | undefined;
  workers?: number | undefined;
  plugins?: readonly string[] | undefined;
  /** Ends the training after the update that runs, with a checkpoint. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: TrainEvent) => void) | undefined;
}

export type TrainEvent =
  | {
      type: "start";
      model: string;
      from: number;
      to: number;
      recipeSteps: number;
      batch: number;
      samples: number | null;
    }
  /** Another step takes over after `step` updates, built with `overrides`. */
  | { type: "stage"; step: number; overrides: Record<string, unknown> }
  | { type: "step"; step: number; losses: Record<string, number>; rates: Rates }
  | { type: "skipped"; skipped: Skipped }
  | { type: "checkpoint"; step: number; path: string };

/** Who waits for whom, over the updates so far. */
interface Rates {
  /** Images a second of the training, and of the loader's threads if nothing held them up (null before any is made). */
  imagesPerSecond: number;
  loaderImagesPerSecond: number | null;
  /** Share of the time, in %, that the step waited for the loader. */
  waitingPercent: number;
}

export interface TrainReport {
  model: string;
  engine: string;
  device: string;
  /** Updates done in all, and before this call. */
  step: number;
  resumedFrom: number;
  recipeSteps: number;
  /** Losses of the last update; null when none was done. */
  losses: Record<string, number> | null;
  rates: Rates | null;
  skipped: Skipped[];
  checkpoint: string | null;
  interrupted: boolean;
}

const logName = "log.jsonl";

/**
 * A real training: the paper's step on the paper's data set (or on pairs made from the shipped photographs), with
 * checkpoints that go on bit for bit.
 * @throws {UsageError | DatasetError | CheckpointError} in one line when it cannot begin; then nothing was written
 */
export async function train(options: TrainOptions): Promise<TrainReport> {
  const { out, size = "full", seed = 1, workers = 2, resume = false, onEvent = () => {} } = options;
  const { plugins } = await discoverPlugins(undefined, options.plugins);
  const { found, model } = findModel(plugins, options.model);
  const name = `${found.plugin.id}/${model.id}`;
  const samples = await samplesOf(name, model, options.data);
  const batch = options.batch ?? usualBatch(name, model);
  const recipeSteps = recipeStepsOf(model.recipe, { batch, samples, epochs: options.epochs });
  const stages = stagesOf(name, model, { size, batch, recipeSteps });
  const identity: Identity = {
    model: name,
    size,
    batch,
    seed,
    recipeSteps,
    samples: samples && fingerprint(samples, options.data!),
  };
  const newest = await newestCheckpoint(out);
  const from = startOf(out, newest, identity, resume);
  const last = options.steps ?? recipeSteps;
  const index = stageAt(stages, from);
  const { step, parts } = stages[index]!;
  const state = newest ? await readCheckpoint(newest.path, parts) : initialState(step.state, seed);
  if (!newest && options.weights) Object.assign(state, await pretrained(options.weights, step));

  const target = await chooseTarget(options);
  const session = await StagedSession.open(model, stages, { ...target, seed }, index, state);
  const skipped = new Map<string, Skipped>();
  const loader = new Loader({
    module: found.module,
    model: model.id,
    size,
    build: {},
    seed,
    batch,
    samples,
    workers,
    first: from + 1,
    last,
    recipeStepOf: (at) => recipeStepAt(model.recipe, at, recipeSteps),
    onSkipped: (each) => {
      if (skipped.has(each.file)) return;
      skipped.set(each.file, each);
      onEvent({ type: "skipped", skipped: each });
    },
  });
  onEvent({ type: "start", model: name, from, to: last, recipeSteps, batch, samples: samples?.length ?? null });
  try {
    const done = await loop({ ...options, onEvent }, { session, loader, from, last, batch, identity });
    return {
      model: name,
      engine: target.engine.id,
      device: target.device,
      resumedFrom: from,
      recipeSteps,
      skipped: [...skipped.values()],
      ...done,
      checkpoint: done.checkpoint ?? newest?.path ?? null,
    };
  } finally {
    await loader.close();
    await session.dispose();
  }
}

interface Running {
  session: StagedSession;
  loader: Loader;
  from: number;
  last: number;
  batch: number;
  identity: Identity;
}

async function loop(
  { out, checkpointEvery = 1000, signal, onEvent = () => {} }: TrainOptions,
  { session, loader, from, last, batch, identity }: Running,
): Promise<Pick<TrainReport, "step" | "losses" | "rates" | "checkpoint" | "interrupted">> {
  const start = performance.now();
  let waitedMs = 0;
  let step = from;
  let losses: Record<string, number> | null = null;
  let rates: Rates | null = null;
  let checkpoint: string | null = null;
  let log = "";
  const stopped = (): boolean => signal?.aborted ?? false;
  await cutLog(out, from);
  while (step < last && !stopped()) {
    if (await session.advance(step)) onEvent({ type: "stage", step, overrides: session.stage.overrides });
    const asked = performance.now();
    const inputs = await loader.next(step + 1);
    waitedMs += performance.now() - asked;
    losses = numbersOf(await session.run(inputs), step + 1);
    step++;
    const ms = performance.now() - start;
    rates = {
      imagesPerSecond: ((step - from) * batch * 1000) / ms,
      loaderImagesPerSecond: loader.imagesPerSecond,
      waitingPercent: (100 * waitedMs) / ms,
    };
    log += `${JSON.stringify({ step, losses })}\n`;
    onEvent({ type: "step", step, losses, rates });
    if (step % checkpointEvery === 0 || step === last || stopped()) {
      checkpoint = await writeCheckpoint(out, session.stage.parts, await session.readState(), { step, identity });
      await appendFile(join(out, logName), log);
      log = "";
      onEvent({ type: "checkpoint", step, path: checkpoint });
    }
  }
  return { step, losses, rates, checkpoint, interrupted: stopped() };
}

/** Makes the log end where the training goes on. */
async function cutLog(out: string, from: number): Promise<void> {
  await mkdir(out, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${out}: cannot be made (${error.code}); name another folder`);
  });
  const path = join(out, logName);
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  const before = lines.filter((line) => (JSON.parse(line) as { step: number }).step <= from);
  if (before.length < lines.length) await writeFile(path, before.map((line) => `${line}\n`).join(""));
}

function numbersOf(outputs: Arrays, step: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, values]) => {
      const value = values[0] ?? Number.NaN;
      if (!Number.isFinite(value))
        throw new Error(`the loss "${name}" of step ${step} is ${value}: the training has diverged`);
      return [name, value];
    }),
  );
}

async function samplesOf(name: string, model: Model, folder: string | undefined): Promise<unknown[] | null> {
  if (folder === undefined) return null;
  if (!model.data)
    throw new UsageError(`${name} reads no data set: leave --data out to train on the shipped photographs`);
  return model.data.find(folder);
}

function usualBatch(name: string, { workloads }: Model): number {
  const { train: workload } = workloads.paper;
  if (workload === undefined) throw new UsageError(`${name} states no batch for training: give one`);
  return typeof workload === "number" ? workload : workload.batch;
}

/** Updates that the recipe's epochs need with this batch over these samples (the recipe's own count without any). */
function recipeStepsOf(
  recipe: Recipe | null,
  { batch, samples, epochs }: { batch: number; samples: unknown[] | null; epochs: number | undefined },
): number {
  const all = epochs ?? recipe?.epochs;
  if (all === undefined) throw new UsageError("the model has no recipe: say how many epochs");
  const perEpoch = samples?.length ?? recipe?.samplesPerEpoch ?? batch;
  return Math.max(1, Math.round((all * perEpoch) / batch));
}

/** The recipe's own step at the same share of the whole training: its learning rate holds. */
const recipeStepAt = (recipe: Recipe | null, step: number, recipeSteps: number): number =>
  recipe ? Math.max(1, Math.round((step / recipeSteps) * recipe.steps)) : step;

/** Of names and labels, not of the place where the folder lies. */
const fingerprint = (samples: unknown[], folder: string): string =>
  createHash("sha256").update(JSON.stringify(samples).replaceAll(folder, "")).digest("hex");

function startOf(
  out: string,
  newest: { step: number; identity: Identity } | null,
  identity: Identity,
  resume: boolean,
): number {
  if (!newest) {
    if (resume) throw new UsageError(`${out}: holds no checkpoint to resume from: leave --resume out`);
    return 0;
  }
  if (!resume)
    throw new UsageError(`${out}: holds a training at step ${newest.step}: say --resume to go on, or another --out`);
  for (const [key, value] of Object.entries(identity)) {
    const before = newest.identity[key as keyof Identity];
    if (before !== value)
      throw new UsageError(
        `${out}: was trained with ${key} ${String(before)}, not ${String(value)}: use the same, or another --out`,
      );
  }
  return newest.step;
}

/** Tensors of a file that the step has, too. @throws CheckpointError @throws UsageError when none fits */
async function pretrained(path: string, step: Step): Promise<Arrays> {
  const { tensors } = await readSafetensors(path);
  const known = new Map(step.state.map(({ name, shape }) => [name, shape]));
  const fitting = Object.entries(tensors).filter(([name]) => known.has(name));
  if (fitting.length === 0)
    throw new UsageError(`${path}: holds no tensor of ${step.name}: use names as the official checkpoint has`);
  for (const [name, { shape }] of fitting)
    if (shape.join() !== known.get(name)!.join())
      throw new UsageError(`${path}: ${name} is [${shape.join()}], expected [${known.get(name)!.join()}]`);
  return Object.fromEntries(fitting.map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
}
