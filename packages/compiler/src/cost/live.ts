import { executionOrder } from "../graph/execution-order.ts";
import type { Graph, Node, Value } from "../graph/graph.ts";
import { bytesOf } from "./bytes.ts";
import { viewResolver } from "./work.ts";

/** Operations that an engine may run in the memory of an input that nobody needs afterwards. */
const inPlace = new Set([
  ..."Add Sub Mul Div Max Min Neg Abs Exp Log Sqrt Reciprocal Erf Relu Sigmoid Tanh Clip".split(" "),
  ..."LeakyRelu Gelu Where Softplus Elu Softmax".split(" "),
]);

/** Memory that one tensor after the other is written to. */
interface Block {
  bytes: number;
  /** Type and shape of its first tensor: only such tensors are put there once that one has ended. */
  fits: string;
  /** Nodes, by their places, during which it is held. */
  first: number;
  last: number;
  /** Nodes still to come that read what is in it now. */
  readers: number;
}

/**
 * Bytes of computed tensors that are alive while each node runs, in the graph's order: a tensor lives from the node that makes
 * it to the last that reads it, views share the bytes of what they show, an element-wise node writes over an input of its
 * shape that ends there. Inputs, state, constants, outputs and the state after the step are not counted: their memory is the
 * caller's.
 */
export const liveBytes = (graph: Graph): number[] => bytesByNode(graph, false);

/**
 * Bytes that ONNX Runtime holds for computed tensors while each node runs. Its plan puts a tensor into memory of an ended one of
 * the same type and shape, the latest to end first, and gives that memory back only when the last tensor that was put there has
 * ended: between them it is held for nothing.
 */
export const heldBytes = (graph: Graph): number[] => bytesByNode(graph, true);

/** Most bytes that ONNX Runtime holds for computed tensors at once, in the order in which it runs the nodes. */
export const peakHeldBytes = (graph: Graph): number =>
  heldBytes({ ...graph, nodes: executionOrder(graph.nodes) }).reduce((most, bytes) => Math.max(most, bytes), 0);

function bytesByNode(graph: Graph, reuses: boolean): number[] {
  const resolve = viewResolver(graph);
  const callers = new Set<Value>([...graph.outputs, ...graph.updates].map(({ value }) => resolve(value)));
  const inputsOf = (node: Node): Set<Value> => new Set(node.inputs.map(resolve));
  const isView = ({ output }: Node): boolean => resolve(output) !== output;
  const readers = new Map<Value, number>();
  for (const node of graph.nodes)
    if (!isView(node)) for (const input of inputsOf(node)) readers.set(input, (readers.get(input) ?? 0) + 1);

  const blocks: Block[] = [];
  const ended: Block[] = [];
  const blockOf = new Map<Value, Block>();
  const overwritten = ({ op, inputs, output }: Node): Block | undefined => {
    if (!inPlace.has(op)) return undefined;
    const input = inputs.find((each) => blockOf.get(resolve(each))?.readers === 1 && kindOf(each) === kindOf(output));
    return input && blockOf.get(resolve(input));
  };
  const reused = (value: Value): Block | undefined => {
    const place = reuses ? ended.findIndex(({ fits }) => fits === kindOf(value)) : -1;
    return place < 0 ? undefined : ended.splice(place, 1)[0];
  };
  const added = (value: Value, first: number): Block => {
    const block = { bytes: bytesOf(value), fits: kindOf(value), first, last: first, readers: 0 };
    blocks.push(block);
    return block;
  };
  graph.nodes.forEach((node, index) => {
    if (isView(node)) return;
    const { output } = node;
    const made = callers.has(output) ? undefined : (overwritten(node) ?? reused(output) ?? added(output, index));
    if (made) {
      made.last = index;
      made.readers += readers.get(output) ?? 0;
      blockOf.set(output, made);
    }
    for (const input of inputsOf(node)) {
      const block = blockOf.get(input);
      if (!block) continue;
      block.last = index;
      if (--block.readers === 0) ended.unshift(block);
    }
    if (made && !readers.has(output) && made.readers === 0) ended.unshift(made);
  });

  const changes = graph.nodes.map(() => 0);
  for (const { bytes, first, last } of blocks) {
    changes[first]! += bytes;
    if (last + 1 < changes.length) changes[last + 1]! -= bytes;
  }
  let held = 0;
  return changes.map((change) => (held += change));
}

const kindOf = ({ dtype, shape }: Value): string => `${dtype} ${shape.join()}`;

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
