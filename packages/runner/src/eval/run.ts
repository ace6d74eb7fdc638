import { type Arrays, compile } from "@epochmark/compiler";
import { initialState } from "@epochmark/plugin-kit";
import { buildStep } from "./build-step.ts";
import { loadParameters, readSafetensors, writeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import type { TensorSpec } from "@epochmark/schema";
import { discoverPlugins } from "../discover/discover.ts";
import { findModel } from "../discover/find-model.ts";
import { UsageError } from "../errors.ts";
import { type TargetOptions, chooseTarget } from "./target.ts";

export interface EvalOptions extends TargetOptions {
  model: string;
  /** Safetensors files: the official checkpoint, the inputs by name, where the outputs go. */
  weights: string;
  inputs: string;
  outputs: string;
  /** Plugin folders beside the repository's own. */
  plugins?: readonly string[];
}

export interface EvalReport {
  model: string;
  engine: string;
  device: string;
  batch: number;
  /** What was written, in the official layout. */
  outputs: TensorSpec[];
  /** State that the official checkpoint does not have, and this file neither: left at its initial values. */
  initialised: string[];
  file: string;
}

/**
 * Inference with an official checkpoint. Inputs and outputs are NCHW float32; the batch is the first
 * dimension of every input.
 * @throws {UsageError | CheckpointError} on any mismatch, in one line; then nothing is written
 */
export async function evaluate(options: EvalOptions): Promise<EvalReport> {
  const { plugins } = await discoverPlugins(undefined, options.plugins);
  const { found, model } = findModel(plugins, options.model);
  const { engine, device, threads } = await chooseTarget(options);
  const { tensors } = await readSafetensors(options.inputs);
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  const batch = batchOf(options.inputs, shapes);
  const step = buildStep(options.inputs, model, { phase: "infer", size: "full", batch, shapes });
  const inputs = inputsOf(options.inputs, step.inputs, tensors);
  const loaded = await loadParameters(options.weights, step.state, model.checkpoint);
  const initialised = step.state.filter(({ name }) => !(name in loaded));
  const weights = { ...initialState(initialised, 1), ...loaded };
  const program = compile(step);
  const session = await engine.load(program, { device, threads, state: weights });
  const outputs = await session.run(inputs).finally(() => session.dispose());
  await writeSafetensors(options.outputs, writable(program.outputs, outputs));
  return {
    model: `${found.plugin.id}/${model.id}`,
    engine: engine.id,
    device,
    batch,
    outputs: program.outputs,
    initialised: initialised.map(({ name }) => name),
    file: options.outputs,
  };
}

/** The first dimension that all inputs share. */
function batchOf(file: string, shapes: Record<string, number[]>): number {
  const [first, ...others] = Object.entries(shapes);
  if (!first) throw new UsageError(`${file}: holds no tensor; write each input under its name`);
  const [name, [batch]] = first;
  if (!batch)
    throw new UsageError(`${file}: input "${name}" is [${first[1].join()}]; expected [batch, ...], batch at least 1`);
  const odd = others.find(([, shape]) => shape[0] !== batch);
  if (odd)
    throw new UsageError(
      `${file}: batch of "${odd[0]}" is ${odd[1][0] ?? "missing"}, that of "${name}" is ${batch}; make them equal`,
    );
  return batch;
}

function inputsOf(
  file: string,
  specs: readonly TensorSpec[],
  tensors: Awaited<ReturnType<typeof readSafetensors>>["tensors"],
): Arrays {
  const names = specs.map(({ name }) => name);
  const unknown = Object.keys(tensors).find((name) => !names.includes(name));
  if (unknown) throw new UsageError(`${file}: unknown input "${unknown}"; the model takes ${names.join(", ")}`);
  return Object.fromEntries(
    specs.map(({ name, shape, dtype }) => {
      const tensor = tensors[name];
      if (!tensor) throw new UsageError(`${file}: input "${name}" [${shape.join()}] is missing`);
      if (tensor.shape.join() !== shape.join())
        throw new UsageError(`${file}: input "${name}" is [${tensor.shape.join()}], the model takes [${shape.join()}]`);
      const fits = dtype === "float32" ? tensor.data instanceof Float32Array : tensor.data instanceof Int32Array;
      if (!fits) throw new UsageError(`${file}: input "${name}" is ${tensor.dtype}, the model takes ${dtype}`);
      return [name, tensor.data as Float32Array | Int32Array];
    }),
  );
}

function writable(specs: readonly TensorSpec[], outputs: Arrays) {
  return Object.fromEntries(specs.map(({ name, shape }) => [name, { shape, data: Float32Array.from(outputs[name]!) }]));
}
