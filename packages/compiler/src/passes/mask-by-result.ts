import type { Graph, Node, Value } from "../graph/graph.ts";
import { at } from "../graph/shape.ts";
import { rewrite } from "./rewrite.ts";

/** Positive exactly where what they are given is. */
const rectifiers = new Set<Node["op"]>(["Relu", "LeakyRelu"]);

/**
 * Where the gradient of a rectifier asks whether its input was above 0, it asks the result, which says the same and is
 * mostly kept for the next layer's gradient: the input is kept for nothing else then.
 */
export function maskByResult(graph: Graph): Graph {
  const results = resultsOf(graph);
  return rewrite(graph, (node, { op, constantOf, producer }) => {
    const result = node.op === "Greater" ? results.get(at(node.inputs, 0)) : undefined;
    if (!result || constantOf(at(node.inputs, 1)) !== 0 || !producer(result)) return undefined;
    return op("Greater", [result, at(node.inputs, 1)]);
  });
}

/** The rectified of every value that nothing but its rectifier and comparisons read. */
function resultsOf({ nodes, outputs, updates }: Graph): Map<Value, Value> {
  const results = new Map<Value, Value>();
  const others = new Set([...outputs, ...updates].map(({ value }) => value));
  for (const { op, inputs, output, attributes } of nodes) {
    const rectifies = rectifiers.has(op) && (op !== "LeakyRelu" || Number(attributes["alpha"]) >= 0);
    if (rectifies) results.set(at(inputs, 0), output);
    else if (op !== "Greater") for (const input of inputs) others.add(input);
  }
  return new Map([...results].filter(([value]) => !others.has(value)));
}
