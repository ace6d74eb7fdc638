import type { Graph, Node, Value } from "../graph/graph.ts";
import { at, sameShape } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/**
 * x * (erf(x / sqrt 2) + 1) / 2, as plugin-kit writes it, becomes one Gelu. What a gradient reads of it is then computed when
 * the gradient is: three passes, where else three tensors would be kept from the forward pass on.
 */
export function fuseGelu(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    const product = node.op === "Mul" ? beside(node, 0.5, context) : undefined;
    const inner = product && made(product, "Mul", context);
    if (!inner || context.uses(product) !== 1 || !sameShape(product.shape, node.output.shape)) return undefined;
    const [first, second] = [at(inner.inputs, 0), at(inner.inputs, 1)];
    return gelu(first, second, context) ?? gelu(second, first, context);
  });
}

/** Gelu of x, when `twiceCdf` is erf(x / sqrt 2) + 1. */
function gelu(x: Value, twiceCdf: Value, context: Rewrite): Value | undefined {
  const sum = made(twiceCdf, "Add", context);
  const erf = sum && beside(sum, 1, context);
  const argument = erf && made(erf, "Erf", context);
  const scaled = argument && made(at(argument.inputs, 0), "Mul", context);
  // A factor of more axes than x would widen the result.
  if (!scaled || at(scaled.inputs, 0) !== x || !sameShape(x.shape, twiceCdf.shape)) return undefined;
  const factor = context.constantOf(at(scaled.inputs, 1));
  return typeof factor === "number" && Math.abs(factor - Math.SQRT1_2) < 1e-7 ? context.op("Gelu", [x]) : undefined;
}

const made = (value: Value, by: Node["op"], { producer }: Rewrite): Node | undefined => {
  const node = producer(value);
  return node?.op === by ? node : undefined;
};

/** The operand beside a constant second one. */
const beside = (node: Node, constant: number, { constantOf }: Rewrite): Value | undefined =>
  constantOf(at(node.inputs, 1)) === constant ? at(node.inputs, 0) : undefined;
