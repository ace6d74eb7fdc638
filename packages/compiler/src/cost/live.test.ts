import { expect, test } from "vitest";
import { type Attributes, type Graph, type Node, newValue, type Value } from "../graph/graph.ts";
import type { OpName } from "../graph/ops.ts";
import { heldBytes, keptBytes, liveBytes, peakHeldBytes } from "./live.ts";

const floats = (...shape: number[]): Value => newValue(shape, "float32");
const node = (op: OpName, inputs: Value[], output: Value, attributes: Attributes = {}): Node => ({
  op,
  inputs,
  attributes,
  output,
  kernel: op,
});

/** x [10] and w [10] come from outside; product, its sine, a loss over both, and an update that reads the sine. */
function handMade(): Graph {
  const [x, w] = [floats(10), floats(10)];
  const [product, wave, loss] = [floats(10), floats(10), floats(1)];
  const [slope, next] = [floats(10), floats(10)];
  return {
    inputs: [{ name: "x", value: x }],
    state: [{ name: "w", value: w }],
    constants: new Map(),
    nodes: [
      node("MatMul", [x, w], product),
      node("Sin", [product], wave),
      node("ReduceSum", [wave], loss),
      node("Cos", [wave], slope),
      node("Sub", [w, slope], next),
    ],
    outputs: [{ name: "loss", value: loss }],
    updates: [{ name: "w", value: next }],
  };
}

test("a tensor lives from its maker to its last reader; inputs, state and results lie in memory of the caller's", () => {
  // product 40; product + sine 80; sine 40; sine + slope 80; slope 40.
  expect(liveBytes(handMade())).toEqual([40, 80, 40, 80, 40]);
});

test("the state after the step lies in memory of the caller's: it counts neither when it is made nor when it is read", () => {
  const graph = handMade();
  const [next, norm] = [graph.updates[0]!.value, floats(10)];
  const nodes = [
    ...graph.nodes.slice(0, 4),
    node("MatMul", [...graph.nodes[4]!.inputs], next),
    node("Sin", [next], norm),
  ];
  expect(liveBytes({ ...graph, nodes })).toEqual([40, 80, 40, 80, 40, 40]);
});

test("a view shares the bytes of what it shows and keeps it alive", () => {
  const [x, made, view, result] = [floats(10), floats(10), floats(2, 5), floats(2, 5)];
  const graph: Graph = {
    inputs: [{ name: "x", value: x }],
    state: [],
    constants: new Map(),
    nodes: [node("Sin", [x], made), node("Reshape", [made], view), node("MatMul", [view], result)],
    outputs: [{ name: "y", value: result }],
    updates: [],
  };
  expect(liveBytes(graph)).toEqual([40, 40, 40]);
});

/** Products one after the other, of these shapes; the first reads the input, the last is the output. */
function chain(...shapes: number[][]): Graph {
  const values = [floats(7), ...shapes.map((shape) => floats(...shape))];
  return {
    inputs: [{ name: "x", value: values[0]! }],
    state: [],
    constants: new Map(),
    nodes: values.slice(1).map((value, index) => node("MatMul", [values[index]!], value)),
    outputs: [{ name: "y", value: values.at(-1)! }],
    updates: [],
  };
}

test("memory of an ended tensor is kept for the next of its shape, and held until the last of them has ended", () => {
  const graph = chain([10], [2, 5], [4], [10], [3], [1]);
  expect(liveBytes(graph)).toEqual([40, 80, 56, 56, 52, 12]);
  // The fourth lies where the first lay, which is held meanwhile; the second has the size and not the shape.
  expect(heldBytes(graph)).toEqual([40, 80, 96, 56, 52, 12]);
  expect(peakHeldBytes(graph)).toBe(96);
  // Whatever the order in which they are listed.
  expect(peakHeldBytes({ ...graph, nodes: graph.nodes.toReversed() })).toBe(96);
});

test("of two ended tensors of a shape, the latest to end is written over first; the other is given back", () => {
  const graph = chain([10], [10], [4], [10], [1]);
  expect(liveBytes(graph)).toEqual([40, 80, 56, 56, 40]);
  expect(heldBytes(graph)).toEqual([40, 80, 56, 56, 40]);
});

test("an element-wise node writes over an input of its shape that ends there, and not over one that is read once more", () => {
  const [x, a, b, c] = [floats(10), floats(10), floats(10), floats(10)];
  const graph: Graph = {
    inputs: [{ name: "x", value: x }],
    state: [],
    constants: new Map(),
    nodes: [node("Sin", [x], a), node("Neg", [a], b), node("Add", [a, b], c), node("ReduceSum", [c], floats(1))],
    outputs: [],
    updates: [],
  };
  expect(liveBytes(graph)).toEqual([40, 80, 80, 44]);
  expect(heldBytes(graph)).toEqual([40, 80, 80, 44]);
});

test("kept for the backward pass is what it reads of the way to the loss: the sine, not the product", () => {
  expect(keptBytes(handMade())).toBe(40);
  expect(keptBytes({ ...handMade(), nodes: handMade().nodes.slice(0, 3), updates: [] })).toBe(0);
});
