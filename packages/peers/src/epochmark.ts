import { configFor, Random, Scope } from "@epochmark/plugin-kit";
import {
  type Message,
  type PlannedCase,
  type Selection,
  discoverPlugins,
  findModel,
  launchChild,
  measureRequest,
  planCases,
} from "@epochmark/runner";
import { enginesModule, probeEngines } from "@epochmark/runner/probe";
import { PeersError } from "./errors.ts";
import { type Peer, peerOf } from "./peers.ts";
import type { LaunchRequest, LaunchResult, PhaseData } from "./side.ts";

const engine = "onnxruntime";
/** As `pnpm bench` has it: warm-up ends when step times have settled. ms. */
const budget = { warmupMs: 60_000, windowMs: 0, launchMs: 1_800_000 };

/** One case of both sides. */
export interface PeerCase extends Pick<LaunchRequest, "model" | "phase" | "batch" | "build"> {
  peer: Peer;
  /** As `bench` would run it. */
  planned: PlannedCase;
  data(): Promise<PhaseData>;
}

/**
 * The cases of a comparison, as `bench` plans them: workload `small` on the CPU. Without models: one of each family.
 * @throws PeersError on a model that does not exist or has no peer
 */
export async function planPeers(words: {
  models: readonly string[];
  all: boolean;
  /** Default: all that each model has. */
  phases?: readonly LaunchRequest["phase"][];
  batch?: number;
}): Promise<PeerCase[]> {
  const { plugins, errors } = await discoverPlugins();
  if (plugins.length === 0 && errors[0]) throw new PeersError(errors[0].message, { cause: errors[0] });
  const all = plugins.flatMap(({ plugin }) => plugin.models.map(({ id }) => `${plugin.id}/${id}`));
  const models = words.all ? all.filter((model) => peerOf(model)) : words.models;
  const { phases, batch } = words;
  const size = batch === undefined ? { workload: "small" } : { batch };
  try {
    const engines = await probeEngines();
    const plan = (some: Pick<Selection, "models" | "phases">): PlannedCase[] =>
      planCases({ ...some, ...size, engine, device: "cpu" }, plugins, engines);
    if (phases) return plan({ models, phases }).map(peerCase);
    const usual = plan({ models });
    // A plain plan leaves the online phase out.
    const tracking = (models.length > 0 ? models : usual.map(pathOf)).filter((model) => {
      const { found, model: known } = findModel(plugins, model);
      return found.manifest.models.some(({ id, phases: has }) => id === known.id && has.includes("online"));
    });
    const online = tracking.length > 0 ? plan({ models: [...new Set(tracking)], phases: ["online"] }) : [];
    return [...usual, ...online].map(peerCase);
  } catch (cause) {
    if (cause instanceof PeersError) throw cause;
    throw new PeersError((cause as Error).message, { cause, exitCode: 2 });
  }
}

const pathOf = ({ found, model }: PlannedCase): string => `${found.plugin.id}/${model.id}`;

function peerCase(planned: PlannedCase): PeerCase {
  const { model, phase, workload } = planned;
  const path = pathOf(planned);
  const peer = peerOf(path);
  if (!peer) throw new PeersError(`${path} has no PyTorch peer`, { exitCode: 2 });
  const { batch, build, inputs } = workload;
  return {
    peer,
    model: path,
    planned,
    phase,
    batch,
    build,
    async data() {
      const config = configFor(model, { size: "full", ...build });
      const scope = new Scope();
      model.build(scope, config);
      const arrays = await model.makeBatch(config, {
        phase,
        batch,
        random: new Random(1, "peers"),
        source: "synthetic",
      });
      return {
        parameters: scope.trainable().map(({ spec }) => [spec.name, spec.shape]),
        inputs: inputs.map(({ name, shape }) => ({ name, shape, data: arrays[name]! })),
      };
    },
  };
}

/** Name and version of what computes here. */
export async function softwareHere(): Promise<string> {
  const found = (await probeEngines()).find(({ id }) => id === engine);
  if (!found) throw new PeersError(`this project has no engine ${engine}`);
  return `${engine} ${found.version}, cpu`;
}

/** One launch of the product's own measurement, in a child process of its own. @throws PeersError when the child fails */
export async function launchEpochmark(
  { planned, software }: { planned: PlannedCase; software: string },
  request: LaunchRequest,
): Promise<LaunchResult> {
  const { model, phase, threads, samples, signal } = request;
  const { messages, ending, interrupted } = await launchChild(
    measureRequest(planned, {
      enginesModule,
      threads,
      launch: { index: 0, seed: 1 },
      budget: { ...budget, minSamples: samples, stopWhenPrecise: false },
      check: false,
    }),
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
    operatorMs: measured.operatorMs,
  };
}
