import { type Message, discoverPlugins, findModel, launchChild, probeEngines } from "@epochmark/runner";
import { PeersError } from "./errors.ts";
import type { LaunchRequest, LaunchResult } from "./side.ts";

const engine = "onnxruntime";
/** As `pnpm bench` has it: warm-up ends when step times have settled. ms. */
const budget = { warmupMs: 60_000, windowMs: 0, launchMs: 1_800_000 };

/** The model's own path and the module of its plugin. @throws PeersError naming the nearest models */
export async function resolveModel(word: string): Promise<{ model: string; module: string }> {
  const { plugins, errors } = await discoverPlugins();
  try {
    const { found, model } = findModel(plugins, word);
    return { model: `${found.plugin.id}/${model.id}`, module: found.module };
  } catch (cause) {
    const why = [(cause as Error).message, ...errors.map((error) => error.message)].join("; ");
    throw new PeersError(why, { cause, exitCode: 2 });
  }
}

/** Name and version of what computes here. */
export async function softwareHere(): Promise<string> {
  const found = (await probeEngines()).find(({ id }) => id === engine);
  if (!found) throw new PeersError(`this project has no engine ${engine}`);
  return `${engine} ${found.version}, cpu`;
}

/** One launch of the product's own measurement, in a child process of its own. @throws PeersError when the child fails */
export async function launchEpochmark(
  { module, software }: { module: string; software: string },
  request: LaunchRequest,
): Promise<LaunchResult> {
  const { model, phase, batch, threads, samples, signal } = request;
  const { messages, ending, interrupted } = await launchChild(
    {
      type: "measure",
      enginesModule: "@epochmark/engines",
      pluginModule: module,
      model: model.slice(model.indexOf("/") + 1),
      phase,
      size: "full",
      batch,
      build: {},
      engine,
      device: "cpu",
      precision: "fp32",
      environment: {},
      threads,
      launch: { index: 0, seed: 1 },
      budget: { ...budget, minSamples: samples, stopWhenPrecise: false },
      check: false,
    },
    { budgetMs: budget.launchMs, ...(signal ? { signal } : {}) },
  );
  if (interrupted) throw signal?.reason ?? new PeersError("interrupted");
  const measured = messages.find((message): message is Message & { type: "measured" } => message.type === "measured");
  if (ending || !measured) throw new PeersError(`${model} ${phase} here: ${ending?.reason ?? "no measurement"}`);
  const { launch } = measured;
  const { hostPeakMiB } = launch.memory;
  return {
    stepsMs: launch.samplesMs.map((ms) => ms / launch.stepsPerSample),
    peakMiB: hostPeakMiB.value,
    memoryMethod: hostPeakMiB.method ?? hostPeakMiB.reason ?? "unknown",
    software,
  };
}
