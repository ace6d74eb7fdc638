import type { TensorSpec } from "@epochmark/schema";
import type { Arrays, Tensors } from "../plugin.ts";
import type { Step } from "../step.ts";
import { tf } from "../tf.ts";
import { useCpu } from "./use-cpu.ts";

/**
 * One step on host arrays, op by op on TensorFlow.js's own CPU backend: what a plugin's tests run, without a compiler.
 * @returns all state after the step, and the outputs @throws when a tensor is missing or has the wrong size
 */
export async function runEagerly(
  step: Step,
  state: Arrays,
  inputs: Arrays,
): Promise<{ state: Arrays; outputs: Arrays }> {
  await useCpu();
  tf.engine().startScope();
  try {
    const result = step.apply(toTensors(step.state, state), toTensors(step.inputs, inputs));
    const outputs = toArrays(result.outputs);
    // Taps are kept beyond any scope: they end here.
    for (const tensor of Object.values(result.outputs)) tensor.dispose();
    return { state: { ...state, ...toArrays(result.state) }, outputs };
  } finally {
    tf.engine().endScope();
  }
}

function toTensors(specs: TensorSpec[], arrays: Arrays): Tensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, toTensor(spec, arrays[spec.name])]));
}

function toTensor({ name, shape, dtype }: TensorSpec, values: Arrays[string] | undefined): tf.Tensor {
  if (!values) throw new Error(`${name} is missing`);
  // TensorFlow.js has no uint32: the same bits as int32.
  const bits = values instanceof Uint32Array ? Int32Array.from(values) : values;
  return tf.tensor(bits, shape, dtype === "uint32" ? "int32" : dtype);
}

function toArrays(tensors: Tensors): Arrays {
  const entries = Object.entries(tensors);
  return Object.fromEntries(entries.map(([name, tensor]) => [name, tensor.dataSync().slice() as Arrays[string]]));
}
