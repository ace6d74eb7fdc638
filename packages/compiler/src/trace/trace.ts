import { type Tensor, tidy } from "@tensorflow/tfjs";
import type { Graph, Named } from "../graph/graph.ts";
import type { StepFunction } from "../program.ts";
import { recording, resultValue } from "./backend.ts";
import { Recorder } from "./recorder.ts";

/**
 * Runs a step once without numbers and returns everything it did (forward, gradients, updates) as
 * one graph: the logical graph, nothing dropped or rewritten yet.
 * @throws UnsupportedKernelError, or the model's own error
 */
export function trace(step: StepFunction): Graph {
  const recorder = new Recorder();
  return recording(recorder, () => {
    const bindAll = (specs: StepFunction["inputs"]): { named: Named[]; tensors: Record<string, Tensor> } => {
      const named = specs.map(({ name, shape, dtype }) => ({ name, value: recorder.incoming(shape, dtype) }));
      return { named, tensors: Object.fromEntries(named.map(({ name, value }) => [name, recorder.bind(value)])) };
    };
    let graph: Graph | undefined;
    tidy(() => {
      const inputs = bindAll(step.inputs);
      const state = bindAll(step.state);
      const result = step.apply(state.tensors, inputs.tensors);
      const named = (tensors: Record<string, Tensor>): Named[] =>
        Object.entries(tensors).map(([name, tensor]) => ({ name, value: resultValue(recorder, tensor) }));
      const outputs = named(result.outputs);
      const updates = named(result.state);
      const { nodes, constants } = recorder.builder;
      graph = { inputs: inputs.named, state: state.named, constants, nodes, outputs, updates };
    });
    if (!graph) throw new Error(`${step.name} could not be traced`);
    return graph;
  });
}
