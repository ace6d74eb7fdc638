import { liveBytes } from "../cost/live.ts";
import { executionOrder, orderToGive } from "../graph/execution-order.ts";
import type { Graph } from "../graph/graph.ts";

/**
 * Puts the nodes in the order which, as ONNX Runtime takes it, keeps the fewest bytes alive at once: the one they are in, or
 * the one that makes it run them as they were traced.
 */
export function orderNodes(graph: Graph): Graph {
  const given = [graph.nodes, orderToGive(graph.nodes)].map((nodes) => ({ ...graph, nodes }));
  const [asItIs, asTraced] = given.map(peakBytes) as [number, number];
  return asTraced < asItIs ? given[1]! : graph;
}

const peakBytes = (graph: Graph): number =>
  liveBytes({ ...graph, nodes: executionOrder(graph.nodes) }).reduce((most, bytes) => Math.max(most, bytes), 0);
