import { join } from "node:path";
import { type ReplicaCase, replicaCases } from "@epochmark/records";
import { barrier } from "./barrier.ts";
import type { RunEvent } from "./events.ts";
import { identityOf } from "./machine.ts";
import { replicaDevices } from "./plan/device.ts";
import { choosePrecision } from "./plan/plan.ts";
import { readableRecords } from "./resume.ts";
import {
  drawnSeed,
  measureOn,
  resultsFolder,
  type RunOptions,
  type RunResult,
  type Surroundings,
  survey,
  thisMachine,
} from "./run.ts";

export interface ReplicaOptions extends Omit<RunOptions, "onEvent" | "resume"> {
  /** @param replica which of the devices, from 0, it happened on */
  onEvent?: (event: RunEvent, replica: number) => void;
}

export interface ReplicaResult {
  /** A run a GPU, in the driver's order. */
  results: RunResult[];
  /** The same figures case by case, all GPUs beside each other, each against its newest record alone. */
  cases: ReplicaCase[];
}

/**
 * Measures the selected cases on every GPU that CUDA reaches at the same time: one run and one record a GPU, whose
 * launches begin and end their windows together. Windows are of fixed length.
 *
 * @throws {UsageError} when there are fewer than two, or the selection cannot be run; then nothing is written
 * @throws what a run throws; the others are ended, and what they measured is kept
 */
export async function runReplicas(
  options: ReplicaOptions,
  surroundings: Surroundings = thisMachine,
): Promise<ReplicaResult> {
  const { onEvent = () => {}, ...rest } = options;
  const known = await survey(rest, surroundings);
  const asked = { ...rest, precision: choosePrecision(rest.precision) };
  const targets = replicaDevices(known.engines, asked, (device) => identityOf(device, known.here));
  const fault = new AbortController();
  const signal = AbortSignal.any([fault.signal, ...(rest.signal ? [rest.signal] : [])]);
  const budget = { ...rest.budget, stopWhenPrecise: false };
  const shared = { ...rest, seed: rest.seed ?? drawnSeed(), budget, signal };
  const turnstiles = barrier(targets.length);
  const runs = targets.map(async ({ engine, device }, replica): Promise<RunResult> => {
    const turnstile = turnstiles[replica]!;
    const own = { engine: engine.id, device: device.id, onEvent: (event: RunEvent) => onEvent(event, replica) };
    try {
      return await measureOn(known, { ...shared, ...own }, surroundings, { replicas: targets.length, turnstile });
    } catch (error) {
      fault.abort();
      throw error;
    } finally {
      turnstile.end();
    }
  });
  // The others' ends are waited for before an error is told.
  await Promise.allSettled(runs);
  const results = await Promise.all(runs);
  return { results, cases: await besideAlone(results, rest.out ?? resultsFolder) };
}

async function besideAlone(results: readonly RunResult[], folder: string): Promise<ReplicaCase[]> {
  const runs = results.map(({ run }) => run);
  const folders = [...new Set(runs.map(({ gpu }) => join(folder, gpu.id)))];
  const records = await Promise.all(folders.map((each) => readableRecords(each)));
  return replicaCases(
    runs,
    records.flat().map(({ file }) => file),
  );
}
