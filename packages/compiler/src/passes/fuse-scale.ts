import type { Graph, Node, Value } from "../graph/graph.ts";
import { at, sameShape } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/** A constant factor on an operand or on the result of a matrix product becomes the product's own factor. */
export function fuseScale(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    if (node.op === "Mul") return scaledResult(node.inputs, node.output, context);
    if (node.op !== "MatMul") return undefined;
    let alpha = (node.attributes["alpha"] as number | undefined) ?? 1;
    const inputs = node.inputs.map((input) => {
      const scaled = scaling(input, context);
      if (!scaled) return input;
      alpha *= scaled.factor;
      return scaled.of;
    });
    return inputs.every((input, i) => input === node.inputs[i])
      ? undefined
      : context.op("MatMul", inputs, { ...node.attributes, alpha });
  });
}

/** Mul(MatMul, constant), perhaps with a reshape between, where nothing else reads the unscaled product. */
function scaledResult(inputs: readonly Value[], output: Value, context: Rewrite): Value | undefined {
  const { constantOf, op } = context;
  for (const index of [0, 1]) {
    const factor = constantOf(at(inputs, 1 - index));
    const operand = at(inputs, index);
    if (typeof factor !== "number" || !sameShape(operand.shape, output.shape)) continue;
    const view = alone(operand, "Reshape", context);
    const product = alone(view ? at(view.inputs, 0) : operand, "MatMul", context);
    if (!product) continue;
    const alpha = ((product.attributes["alpha"] as number | undefined) ?? 1) * factor;
    const scaled = op("MatMul", product.inputs, { ...product.attributes, alpha });
    return view ? op("Reshape", [scaled], view.attributes) : scaled;
  }
  return undefined;
}

/** The node behind `value`, when it is an `op` that nothing else reads. */
function alone(value: Value, op: Node["op"], { producer, uses }: Rewrite): Node | undefined {
  const node = producer(value);
  return node?.op === op && uses(value) === 1 ? node : undefined;
}

/** `x` as factor × something of the same shape. */
function scaling(x: Value, context: Rewrite): { of: Value; factor: number } | undefined {
  const { producer, constantOf, op } = context;
  const made = producer(x);
  if (made?.op === "Reshape") {
    const inner = scaling(at(made.inputs, 0), context);
    return inner && { of: op("Reshape", [inner.of], made.attributes), factor: inner.factor };
  }
  if (made?.op !== "Mul") return undefined;
  for (const index of [0, 1]) {
    const factor = constantOf(at(made.inputs, index));
    const of = at(made.inputs, 1 - index);
    if (typeof factor === "number" && sameShape(of.shape, x.shape)) return { of, factor };
  }
  return undefined;
}
