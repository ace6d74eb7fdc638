import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Arrays } from "@epochmark/compiler";
import type { StateSpec } from "@epochmark/plugin-kit";
import { readSafetensors, writeSafetensors, type WritableTensor } from "@epochmark/plugin-kit/checkpoints";
import { Size } from "@epochmark/schema";
import { z } from "zod";
import { UsageError } from "../errors.ts";

/** What a training must have in common with the checkpoint that it goes on from: then its numbers are those of one run. */
export const Identity = z.strictObject({
  model: z.string(),
  size: Size,
  batch: z.int().positive(),
  seed: z.int().nonnegative(),
  /** Updates of the whole recipe, which set the learning rate. */
  recipeSteps: z.int().positive(),
  /** SHA-256 of the samples' list; null: the shipped photographs. */
  samples: z.string().nullable(),
});
export type Identity = z.infer<typeof Identity>;

const Progress = z.strictObject({ step: z.int().nonnegative(), identity: Identity });
type Progress = z.infer<typeof Progress>;

/**
 * Files of one checkpoint: what inference reads, under official names, so that `bench infer` and any other tool take
 * it; then all else that training needs (optimizer, critics, frozen networks).
 */
const files = { weights: "weights.safetensors", rest: "training.safetensors", progress: "progress.json" };
/** Checkpoints that are kept, the newest. */
const kept = 2;

/** The state of a train step: what inference reads of it, and the rest. */
export interface StateParts {
  weights: StateSpec[];
  rest: StateSpec[];
}

const folderOf = (step: number): string => `step-${String(step).padStart(9, "0")}`;
const stepFolder = /^step-\d{9}$/;

/** Writes the state after `step` updates: the folder appears whole or not at all. @throws UsageError when it cannot be written */
export async function writeCheckpoint(
  out: string,
  specs: StateParts,
  state: Arrays,
  progress: Progress,
): Promise<string> {
  const path = join(out, folderOf(progress.step));
  const draft = `${path}.tmp`;
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    await writeSafetensors(join(draft, files.weights), pick(specs.weights, state));
    await writeSafetensors(join(draft, files.rest), pick(specs.rest, state));
    await writeFile(join(draft, files.progress), `${JSON.stringify(progress, null, 2)}\n`, { flush: true });
    await rm(path, { recursive: true, force: true });
    await rename(draft, path);
    for (const old of (await stepFolders(out)).slice(0, -kept)) await rm(join(out, old), { recursive: true });
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${path}: the checkpoint cannot be written (${code ?? message}); check folder and free space`);
  }
  return path;
}

/** The newest checkpoint of a folder; null where there is none. @throws UsageError on one that is not ours */
export async function newestCheckpoint(out: string): Promise<(Progress & { path: string }) | null> {
  const newest = (await stepFolders(out)).at(-1);
  if (!newest) return null;
  const path = join(out, newest);
  const text = await readFile(join(path, files.progress), "utf8").catch(() => "");
  const parsed = Progress.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new UsageError(`${join(path, files.progress)}: is no checkpoint of bench train; remove it`);
  return { ...parsed.data, path };
}

/** All state of a checkpoint. @throws CheckpointError when files and state differ */
export async function readCheckpoint(path: string, { weights, rest }: StateParts): Promise<Arrays> {
  const read = async (file: string, specs: readonly StateSpec[]): Promise<Arrays> => {
    const { tensors } = await readSafetensors(join(path, file), specs);
    return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]));
  };
  return { ...(await read(files.weights, weights)), ...(await read(files.rest, rest)) };
}

async function stepFolders(out: string): Promise<string[]> {
  const names = await readdir(out).catch(() => [] as string[]);
  return names.filter((name) => stepFolder.test(name)).toSorted();
}

function pick(specs: readonly StateSpec[], state: Arrays): Record<string, WritableTensor> {
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, { shape, data: state[name] as Float32Array | Int32Array }]),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
