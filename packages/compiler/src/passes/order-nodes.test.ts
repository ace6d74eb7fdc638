import { expect, test } from "vitest";
import { randomStep } from "../../test/random-step.ts";
import { liveBytes } from "../cost/live.ts";
import { executionOrder, orderToGive } from "../graph/execution-order.ts";
import { type Graph, type Node, newValue, type Value } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { orderNodes } from "./order-nodes.ts";

const floats = (): Value => newValue([10], "float32");
const node = (op: Node["op"], inputs: Value[], output: Value): Node => ({
  op,
  inputs,
  attributes: {},
  output,
  kernel: op,
});
const peak = (graph: Graph): number => Math.max(...liveBytes({ ...graph, nodes: executionOrder(graph.nodes) }));

/** A sum of four sines, added as they are made. */
function sumOfSines(): Graph {
  const x = floats();
  const sines = Array.from({ length: 4 }, floats);
  const sums = Array.from({ length: 3 }, floats);
  const nodes = sines.flatMap((sine, i) => [
    node("Sin", [x], sine),
    ...(i === 0 ? [] : [node("MatMul", [i === 1 ? sines[0]! : sums[i - 2]!, sine], sums[i - 1]!)]),
  ]);
  const outputs = [{ name: "y", value: sums[2]! }];
  return { inputs: [{ name: "x", value: x }], state: [], constants: new Map(), nodes, outputs, updates: [] };
}

test("ONNX Runtime would make every addend before it adds the first two: given in another order it adds as they are made", () => {
  const graph = sumOfSines();
  expect(executionOrder(graph.nodes).map(({ op }) => op)).toEqual([
    "Sin",
    "Sin",
    "Sin",
    "Sin",
    "MatMul",
    "MatMul",
    "MatMul",
  ]);
  expect(peak(graph)).toBe(200);
  const ordered = orderNodes(graph);
  expect(executionOrder(ordered.nodes)).toEqual(graph.nodes);
  expect(peak(ordered)).toBe(120);
});

test("of 100 random steps every order can run, holds the same nodes, and none takes more memory than before", () => {
  for (let seed = 0; seed < 100; seed++) {
    const graph = trace(randomStep(seed));
    for (const nodes of [executionOrder(graph.nodes), orderToGive(graph.nodes)]) {
      verify({ ...graph, nodes }, `seed ${seed}`);
      expect(new Set(nodes)).toEqual(new Set(graph.nodes));
    }
    expect(peak(orderNodes(graph))).toBeLessThanOrEqual(peak(graph));
  }
});
