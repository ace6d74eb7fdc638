import type { Graph, Value } from "../graph/graph.ts";

/** Leaves out nodes and constants that no output and no update needs. Inputs and state keep their place. */
export function dropDeadNodes(graph: Graph): Graph {
  const live = new Set<Value>([...graph.outputs, ...graph.updates].map(({ value }) => value));
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!live.has(node.output)) return false;
    for (const input of node.inputs) live.add(input);
    return true;
  });
  const constants = new Map([...graph.constants].filter(([value]) => live.has(value)));
  return { ...graph, constants, nodes: nodes.toReversed() };
}
