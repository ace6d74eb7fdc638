import { type BuildRequest, configFor, type Model, Scope } from "@epochmark/plugin-kit";
import {
  type BatchSearch,
  type Case,
  type Phase,
  Phase as PhaseWord,
  type Precision,
  Precision as PrecisionWord,
  type Size,
} from "@epochmark/schema";
import { Size as SizeWord, type TensorSpec } from "@epochmark/schema";
import type { EngineDevice } from "@epochmark/engines";
import type { EngineInfo } from "../child/protocol.ts";
import type { FoundPlugin } from "../discover/discover.ts";
import { defaultModelOf, findModel, type FoundModel } from "../discover/find-model.ts";
import { UsageError } from "../errors.ts";
import { chooseDevice } from "./device.ts";
import { chooseWord } from "./words.ts";

/** What was asked for, in the user's own words; what is left out is chosen. */
export interface Selection {
  models?: readonly string[];
  phases?: readonly string[];
  workload?: string;
  /** Images a step; makes the workload an explicit one. `max`: the largest batch that fits, searched for. */
  batch?: number | "max";
  size?: string;
  engine?: string;
  device?: string;
  precision?: string;
}

/** One case to measure: model × phase × workload × engine × device × precision. */
export interface PlannedCase {
  found: FoundPlugin;
  model: Model;
  phase: Phase;
  size: Size;
  workload: PlannedWorkload;
  /** How the largest batch was found, where it was searched for. */
  batchSearch?: BatchSearch;
  engine: EngineInfo;
  device: EngineDevice;
  precision: Precision;
}

interface PlannedWorkload {
  name: Case["workload"]["name"];
  batch: number;
  /** What differs from the size's own config. */
  build: BuildRequest;
  inputs: TensorSpec[];
}

/** Far above any batch that a device holds: a larger one is a slip of the hand. */
export const largestBatch = 65_536;

/**
 * The cases of a run, in the order in which they are measured. Left to itself: the default model of every family,
 * its train step and its inference, full size, workload `small` on a CPU (or a software GPU) and `paper` on a GPU.
 *
 * @throws {UsageError} on a word that names nothing here, or a batch that no step can have
 */
export function planCases(
  selection: Selection,
  plugins: readonly FoundPlugin[],
  engines: readonly EngineInfo[],
): PlannedCase[] {
  const precision = choosePrecision(selection.precision);
  const { engine, device } = chooseDevice(engines, { ...selection, precision });
  const size = chooseWord("size", selection.size ?? "full", SizeWord.options);
  return chooseModels(selection.models, plugins).flatMap(({ found, model }) =>
    choosePhases(selection.phases, found, model).map((phase) => ({
      found,
      model,
      phase,
      size,
      engine,
      device,
      precision,
      workload: chooseWorkload(selection, model, phase, size, device),
    })),
  );
}

function chooseModels(words: readonly string[] | undefined, plugins: readonly FoundPlugin[]): FoundModel[] {
  if (plugins.length === 0) throw new UsageError("no plugin was found: nothing to run");
  if (!words?.length) return plugins.map((found) => ({ found, model: defaultModelOf(found.plugin) }));
  const chosen = words.map((word) => findModel(plugins, word));
  return chosen.filter(({ model }, index) => chosen.findIndex((other) => other.model === model) === index);
}

function choosePhases(words: readonly string[] | undefined, found: FoundPlugin, model: Model): Phase[] {
  const has = found.manifest.models.find(({ id }) => id === model.id)?.phases ?? [];
  if (!words?.length) return has.filter((phase) => phase !== "online").toSorted(trainFirst);
  return [...new Set(words)].map((word) => {
    const phase = chooseWord("phase", word, PhaseWord.options);
    if (has.includes(phase)) return phase;
    throw new UsageError(`${model.id} has no phase "${phase}": it has ${has.join(", ")}`, has);
  });
}

const trainFirst = (a: Phase, b: Phase): number => PhaseWord.options.indexOf(a) - PhaseWord.options.indexOf(b);

/** @throws {UsageError} listing the precisions that there are */
export const choosePrecision = (word = "fp32"): Precision => chooseWord("precision", word, PrecisionWord.options);

function chooseWorkload(
  selection: Selection,
  model: Model,
  phase: Phase,
  size: Size,
  device: EngineDevice,
): PlannedWorkload {
  if (selection.batch !== undefined) {
    if (selection.workload !== undefined)
      throw new UsageError("a workload and a batch were both given: a workload has its own batch, say only one");
    if (selection.batch === "max") return describe("max", 1);
    return describe("explicit", selection.batch);
  }
  const fitting = device.kind === "discrete" || device.kind === "integrated" ? "paper" : "small";
  const named = chooseWord("workload", selection.workload ?? fitting, ["small", "paper"] as const);
  const workload = model.workloads[named][phase];
  if (workload === undefined)
    throw new UsageError(`${model.id} states no "${named}" workload for phase "${phase}": give a batch`);
  if (typeof workload === "number") return describe(named, workload);
  // A tiny network has a size of image of its own.
  return describe(named, workload.batch, size === "full" ? workload.build : {});

  function describe(name: PlannedWorkload["name"], images: number, build: BuildRequest = {}): PlannedWorkload {
    return { name, batch: checkedBatch(images), build, inputs: inputsOf({ model, phase, size }, images, build) };
  }
}

/** The same case with another batch. */
export function atBatch(planned: PlannedCase, batch: number): PlannedCase {
  const { workload } = planned;
  return { ...planned, workload: { ...workload, batch, inputs: inputsOf(planned, batch, workload.build) } };
}

function inputsOf(
  { model, phase, size }: Pick<PlannedCase, "model" | "phase" | "size">,
  batch: number,
  build: BuildRequest,
): TensorSpec[] {
  const network = model.build(new Scope(), configFor(model, { size, ...build }));
  return network[phase]?.inputs(batch) ?? [];
}

function checkedBatch(batch: number): number {
  if (Number.isInteger(batch) && batch >= 1 && batch <= largestBatch) return batch;
  throw new UsageError(`batch ${batch} cannot be run: say a whole number from 1 to ${largestBatch}`);
}
