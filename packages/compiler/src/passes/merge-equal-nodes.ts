import type { Graph } from "../graph/graph.ts";
import { rewrite } from "./rewrite.ts";

/** Computes equal things once: nodes with the same operation, inputs and attributes become one. */
export function mergeEqualNodes(graph: Graph): Graph {
  const known = new Map<string, (typeof graph.nodes)[number]["output"]>();
  return rewrite(graph, (node) => {
    const key = `${node.op}|${node.inputs.map(({ id }) => id).join()}|${JSON.stringify(node.attributes, exactly)}`;
    const same = known.get(key);
    if (same) return same;
    known.set(key, node.output);
    return undefined;
  });
}

/** JSON has one word, null, for what are three different numbers, and loses the sign of zero. */
const exactly = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `number ${Object.is(value, -0) ? "-0" : value}`
    : value;
