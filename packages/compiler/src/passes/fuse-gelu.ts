import type { Graph, Node, Value } from "../graph/graph.ts";
import { at, sameShape } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/** x * (erf(x / sqrt 2) + 1) / 2, as plugin-kit writes it, becomes one Gelu where no gradient reads what lies between. */
export function fuseGelu(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    if (node.op !== "Mul") return undefined;
    const [first, second] = [at(node.inputs, 0), at(node.inputs, 1)];
    return gelu(first, second, context) ?? gelu(second, first, context);
  });
}

function gelu(x: Value, cdf: Value, context: Rewrite): Value | undefined {
  const sum = times(cdf, 0.5, context);
  const erf = sum && plus(sum, 1, context);
  const argument = erf && alone(erf, "Erf", context);
  const scaled = argument && alone(at(argument.inputs, 0), "Mul", context);
  // A factor of more axes than x would widen the result.
  if (!scaled || at(scaled.inputs, 0) !== x || !sameShape(x.shape, cdf.shape)) return undefined;
  const factor = context.constantOf(at(scaled.inputs, 1));
  return typeof factor === "number" && Math.abs(factor - Math.SQRT1_2) < 1e-7 ? context.op("Gelu", [x]) : undefined;
}

const alone = (value: Value, op: Node["op"], { producer, uses }: Rewrite): Node | undefined => {
  const node = producer(value);
  return node?.op === op && uses(value) === 1 ? node : undefined;
};

/** The other operand of `value` = operand op constant. */
function beside(value: Value, op: Node["op"], constant: number, context: Rewrite): Value | undefined {
  const node = alone(value, op, context);
  return node && context.constantOf(at(node.inputs, 1)) === constant ? at(node.inputs, 0) : undefined;
}
const times = (value: Value, factor: number, context: Rewrite): Value | undefined =>
  beside(value, "Mul", factor, context);
const plus = (value: Value, term: number, context: Rewrite): Value | undefined => beside(value, "Add", term, context);
