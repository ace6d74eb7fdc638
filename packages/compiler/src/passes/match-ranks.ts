import type { Graph, Value } from "../graph/graph.ts";
import { broadcasting } from "../graph/ops.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/**
 * Gives operands all the axes of a result that has axes of size 1 behind longer ones, such as a 1 × 1 filter. ONNX
 * Runtime's processor kernels walk such a result element by element beside a scalar, and in one go beside [1, 1, 1, 1].
 */
export function matchRanks(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    const { shape } = node.output;
    const first = shape.findIndex((size) => size > 1);
    if (!broadcasting.has(node.op) || first < 0 || !shape.includes(1, first)) return undefined;
    if (node.inputs.every((input) => input.shape.length === shape.length)) return undefined;
    const inputs = node.inputs.map((input) => withRank(input, shape.length, context));
    return context.op(node.op, inputs, node.attributes);
  });
}

function withRank(value: Value, rank: number, { constantOf, constant, op }: Rewrite): Value {
  if (value.shape.length === rank) return value;
  const shape = [...Array.from({ length: rank - value.shape.length }, () => 1), ...value.shape];
  const data = constantOf(value);
  return data === undefined ? op("Reshape", [value], { shape }) : constant(shape, value.dtype, data);
}
