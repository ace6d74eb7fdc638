import type { Graph, Value } from "../graph/graph.ts";
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

/** Mul(MatMul, constant), where nothing else reads the unscaled product. */
function scaledResult(
  inputs: readonly Value[],
  output: Value,
  { producer, constantOf, uses, op }: Rewrite,
): Value | undefined {
  for (const index of [0, 1]) {
    const factor = constantOf(at(inputs, 1 - index));
    const product = producer(at(inputs, index));
    if (typeof factor !== "number" || product?.op !== "MatMul" || uses(product.output) !== 1) continue;
    if (!sameShape(product.output.shape, output.shape)) continue;
    const alpha = ((product.attributes["alpha"] as number | undefined) ?? 1) * factor;
    return op("MatMul", product.inputs, { ...product.attributes, alpha });
  }
  return undefined;
}

/** `x` as factor × something of the same shape. */
function scaling(x: Value, { producer, constantOf }: Rewrite): { of: Value; factor: number } | undefined {
  const made = producer(x);
  if (made?.op !== "Mul") return undefined;
  for (const index of [0, 1]) {
    const factor = constantOf(at(made.inputs, index));
    const of = at(made.inputs, 1 - index);
    if (typeof factor === "number" && sameShape(of.shape, x.shape)) return { of, factor };
  }
  return undefined;
}
