import type { Graph, Node, Value } from "../graph/graph.ts";
import { bytesOf } from "./bytes.ts";
import { viewResolver } from "./work.ts";

/** Operations that an engine may run in the memory of an input that nobody needs afterwards. */
const inPlace = new Set([
  ..."Add Sub Mul Div Max Min Neg Abs Exp Log Sqrt Reciprocal Erf Relu Sigmoid Tanh Clip".split(" "),
  ..."LeakyRelu Gelu Where Softplus Elu".split(" "),
]);

/**
 * Bytes of computed tensors that are alive while each node runs, in the graph's order: a tensor lives from the node that makes
 * it to the last that reads it, views share the bytes of what they show, an element-wise node writes over an input of its
 * size that ends there. Outputs live to the end. Inputs, state, constants and the state after the step are not counted: their
 * memory is the caller's.
 */
export function liveBytes(graph: Graph): number[] {
  const resolve = viewResolver(graph);
  const computed = new Set<Value>(graph.nodes.map((node) => node.output));
  const lastRead = new Map<Value, number>();
  graph.nodes.forEach((node, index) => {
    for (const input of node.inputs) lastRead.set(resolve(input), index);
  });
  const results = new Set(graph.outputs.map(({ value }) => resolve(value)));
  for (const { value } of graph.updates) computed.delete(resolve(value));
  let live = 0;
  return graph.nodes.map((node, index) => {
    if (resolve(node.output) !== node.output) return live;
    const size = computed.has(node.output) ? bytesOf(node.output) : 0;
    const ends = [...new Set(node.inputs.map(resolve))].filter(
      (value) => computed.has(value) && lastRead.get(value) === index && !results.has(value),
    );
    const reused = inPlace.has(node.op) ? ends.find((value) => bytesOf(value) === size) : undefined;
    live += reused ? 0 : size;
    const during = live;
    for (const value of ends) if (value !== reused) live -= bytesOf(value);
    if (!lastRead.has(node.output) && !results.has(node.output)) live -= size;
    return during;
  });
}

/**
 * Bytes that the forward pass must keep for the backward pass: tensors on the way to an output (a loss) that a node reads
 * which no output depends on. 0 for a step without such nodes (inference).
 */
export function keptBytes(graph: Graph): number {
  const resolve = viewResolver(graph);
  const maker = new Map<Value, Node>(graph.nodes.map((node) => [node.output, node]));
  const forward = new Set<Node>();
  const stack = graph.outputs.map(({ value }) => value);
  for (let value = stack.pop(); value; value = stack.pop()) {
    const node = maker.get(value);
    if (!node || forward.has(node)) continue;
    forward.add(node);
    stack.push(...node.inputs);
  }
  const kept = new Set<Value>();
  for (const node of graph.nodes)
    if (!forward.has(node) && node.op !== "Reshape")
      for (const input of node.inputs) {
        const value = resolve(input);
        const source = maker.get(value);
        if (source && forward.has(source)) kept.add(value);
      }
  return [...kept].reduce((sum, value) => sum + bytesOf(value), 0);
}
