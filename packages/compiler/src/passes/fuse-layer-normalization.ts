import type { Graph, Node, Value } from "../graph/graph.ts";
import { at, list, sameShape } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/**
 * (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis, as plugin-kit writes it,
 * becomes one LayerNormalization where no gradient reads what lies between.
 */
export function fuseLayerNormalization(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    if (node.op !== "Add") return undefined;
    return either(node, (weighted, bias) => {
      const outer = single(weighted, "Mul", context);
      if (!outer || !sameShape(bias.shape, node.output.shape.slice(-1))) return undefined;
      return either(outer, (normal, weight) => {
        const inner = single(normal, "Mul", context);
        if (!inner || !sameShape(weight.shape, bias.shape)) return undefined;
        return either(inner, (centred, scale) => {
          const found = source(centred, scale, context);
          // A weight of more elements than x's last axis would widen the result.
          if (!found || !sameShape(found.x.shape, node.output.shape)) return undefined;
          return context.op("LayerNormalization", [found.x, weight, bias], { epsilon: found.epsilon });
        });
      });
    });
  });
}

/** x and epsilon, when `centred` is x - mean(x) and `scale` is 1 / sqrt(mean(centred²) + epsilon). */
function source(centred: Value, scale: Value, context: Rewrite): { x: Value; epsilon: number } | undefined {
  const { producer, constantOf } = context;
  const difference = producer(centred);
  if (difference?.op !== "Sub" || context.uses(centred) !== 3) return undefined;
  const x = at(difference.inputs, 0);
  const mean = producer(at(difference.inputs, 1));
  if (!overLastAxis(mean) || at(mean.inputs, 0) !== x) return undefined;
  const root = single(scale, "Reciprocal", context);
  const added = root && single(at(root.inputs, 0), "Sqrt", context);
  const sum = added && single(at(added.inputs, 0), "Add", context);
  const variance = sum && producer(at(sum.inputs, 0));
  const epsilon = sum && constantOf(at(sum.inputs, 1));
  if (!overLastAxis(variance) || typeof epsilon !== "number") return undefined;
  const square = producer(at(variance.inputs, 0));
  return square?.op === "Mul" && square.inputs.every((input) => input === centred) ? { x, epsilon } : undefined;
}

function overLastAxis(node: Node | undefined): node is Node {
  if (node?.op !== "ReduceMean" || !node.attributes["keepdims"]) return false;
  const axes = list(node.attributes, "axes");
  return axes.length === 1 && axes[0] === at(node.inputs, 0).shape.length - 1;
}

/** The node behind `value`, when it is an `op` that nothing else reads. */
function single(value: Value, op: Node["op"], { producer, uses }: Rewrite): Node | undefined {
  const node = producer(value);
  return node?.op === op && uses(value) === 1 ? node : undefined;
}

/** Tries both orders of a commutative node's operands. */
function either(node: Node, match: (a: Value, b: Value) => Value | undefined): Value | undefined {
  const [a, b] = [at(node.inputs, 0), at(node.inputs, 1)];
  return match(a, b) ?? match(b, a);
}
