import type { Cost, DType, Precision, TensorSpec } from "@epochmark/schema";
import { countFlops } from "./cost/flops.ts";
import { countWinogradFlops } from "./cost/winograd.ts";
import { type Graph, sizeOf } from "./graph/graph.ts";
import { verify } from "./graph/verify.ts";
import { inPlaceUpdates } from "./passes/in-place-updates.ts";
import { optimize } from "./passes/index.ts";
import { useHalves } from "./passes/use-halves.ts";
import type { Program, StepFunction } from "./program.ts";
import { trace } from "./trace/trace.ts";

export interface CompileOptions {
  /** `fp16`: matrix products and convolutions in half precision, the rest and all state in single. TF32 is the device's own matter. */
  precision?: Precision;
}

/**
 * Compiles a step: one trace, then the passes; the graph is verified after every stage.
 * @throws UnsupportedKernelError when the model uses a kernel without a rule, VerifyError when a pass broke the graph
 */
export function compile(step: StepFunction, { precision = "fp32" }: CompileOptions = {}): Program {
  const start = performance.now();
  const logical = trace(step);
  const single = optimize(logical);
  const graph = precision === "fp16" ? useHalves(single) : single;
  verify(graph, "using halves");
  const replaced = new Set(graph.updates.map(({ name }) => name));
  const specs = step.state.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const state = specs.filter(({ name }) => replaced.has(name));
  const frozen = specs.filter(({ name }) => !replaced.has(name));
  return {
    name: step.name,
    step,
    inputs: step.inputs,
    outputs: graph.outputs.map(({ name, value }) => ({ name, shape: [...value.shape], dtype: value.dtype as DType })),
    state,
    frozen,
    graph,
    inPlace: inPlaceUpdates(graph),
    cost: costOf(logical, graph, step),
    compileMs: performance.now() - start,
  };
}

function costOf(logical: Graph, graph: Graph, { inputs, state }: StepFunction): Cost {
  const parameters = (state as (TensorSpec & { kind?: string })[]).filter(
    ({ kind }) => kind === undefined || kind === "parameter",
  );
  const updated = elements(logical.updates.map(({ value }) => value));
  const outputs = elements(logical.outputs.map(({ value }) => value));
  return {
    flops: countFlops(logical),
    flopsExecuted: countFlops(graph),
    winogradFlops: countWinogradFlops(logical),
    // State is read, and written where it is replaced.
    compulsoryBytes: 4 * (elements(state) + updated + elements(inputs) + outputs),
    parameters: elements(parameters),
    stateBytes: 4 * elements(state),
    nodes: graph.nodes.length,
  };
}

const elements = (tensors: readonly { shape: readonly number[] }[]): number =>
  tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
