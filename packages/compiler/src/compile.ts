import type { Cost, TensorSpec } from "@epochmark/schema";
import { countFlops } from "./cost/flops.ts";
import { type Graph, sizeOf } from "./graph/graph.ts";
import { inPlaceUpdates } from "./passes/in-place-updates.ts";
import { optimize } from "./passes/index.ts";
import type { Program, StepFunction } from "./program.ts";
import { trace } from "./trace/trace.ts";

/**
 * Compiles a step: one trace, then the passes; the graph is verified after every stage.
 * @throws UnsupportedKernelError when the model uses a kernel without a rule, VerifyError when a pass broke the graph
 */
export function compile(step: StepFunction): Program {
  const start = performance.now();
  const logical = trace(step);
  const graph = optimize(logical);
  const replaced = new Set(graph.updates.map(({ name }) => name));
  const specs = step.state.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const state = specs.filter(({ name }) => replaced.has(name));
  const frozen = specs.filter(({ name }) => !replaced.has(name));
  return {
    name: step.name,
    step,
    inputs: step.inputs,
    outputs: graph.outputs.map(({ name, value }) => ({ name, shape: [...value.shape], dtype: value.dtype })),
    state,
    frozen,
    graph,
    inPlace: inPlaceUpdates(graph),
    cost: costOf(logical, graph, step.state),
    compileMs: performance.now() - start,
  };
}

function costOf(logical: Graph, graph: Graph, state: (TensorSpec & { kind?: string })[]): Cost {
  const elements = (specs: TensorSpec[]): number => specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    flops: countFlops(logical),
    flopsExecuted: countFlops(graph),
    parameters: elements(state.filter(({ kind }) => kind === undefined || kind === "parameter")),
    stateBytes: 4 * elements(state),
    nodes: graph.nodes.length,
  };
}
