import type { Tensor } from "@tensorflow/tfjs";
import type { Graph } from "../src/graph/graph.ts";
import type { OpName } from "../src/graph/ops.ts";
import type { StepFunction } from "../src/program.ts";

type Tensors = Record<string, Tensor>;
type Shapes = Record<string, number[]>;

/** A step over float32 inputs and state of the given shapes; a body that gives one tensor names it `y`. */
export function stepOf(
  inputs: Shapes,
  body: (inputs: Tensors, state: Tensors) => Tensor | { outputs?: Tensors; state?: Tensors },
  state: Shapes = {},
): StepFunction {
  const specs = (shapes: Shapes): StepFunction["inputs"] =>
    Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: "float32" }));
  return {
    name: "test",
    inputs: specs(inputs),
    state: specs(state),
    apply: (bound, given) => {
      const result = body(given, bound);
      if ("dataId" in result) return { state: {}, outputs: { y: result as Tensor } };
      return { state: result.state ?? {}, outputs: result.outputs ?? {} };
    },
  };
}

/** How many nodes of each operation a graph has. */
export function opsOf(graph: Graph): Partial<Record<OpName, number>> {
  const counts: Partial<Record<OpName, number>> = {};
  for (const { op } of graph.nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}
