import type { Graph, Value } from "../graph/graph.ts";
import { at, sameShape } from "../graph/shape.ts";
import { rewrite } from "./rewrite.ts";

/** A product of two matrices and the bias added to its rows become one operation: one pass over the result less. */
export function fuseBias(graph: Graph): Graph {
  return rewrite(graph, (node, { producer, uses, op }) => {
    if (node.op !== "Add") return undefined;
    for (const index of [0, 1]) {
      const [product, bias] = [at(node.inputs, index), at(node.inputs, 1 - index)];
      const made = producer(product);
      if (made?.op !== "MatMul" || uses(product) !== 1) continue;
      if (product.shape.length !== 2 || !sameShape(node.output.shape, product.shape) || !isRow(bias, product)) continue;
      return op("Gemm", [at(made.inputs, 0), at(made.inputs, 1), bias], made.attributes);
    }
    return undefined;
  });
}

const isRow = ({ shape }: Value, product: Value): boolean =>
  shape.at(-1) === product.shape[1] && (shape.length === 1 || (shape.length === 2 && shape[0] === 1));
