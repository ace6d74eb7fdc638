import type { Graph, Node } from "../graph/graph.ts";
import { at, list } from "../graph/shape.ts";
import { countFlops } from "./flops.ts";

/**
 * FLOPs of the graph's 3×3 convolutions with stride 1, without dilation and groups, and of their gradients: those
 * that Winograd's minimal filtering computes with fewer multiplications than are counted.
 */
export const countWinogradFlops = (graph: Graph): number =>
  countFlops({ ...graph, nodes: graph.nodes.filter(isWinograd) });

const filterOf: Partial<Record<Node["op"], (node: Node) => readonly number[]>> = {
  Conv: ({ inputs }) => at(inputs, 1).shape,
  ConvInputGrad: ({ inputs }) => at(inputs, 1).shape,
  ConvFilterGrad: ({ attributes }) => list(attributes, "filterShape"),
};

function isWinograd(node: Node): boolean {
  const filter = filterOf[node.op]?.(node);
  const { strides = [1, 1], dilations = [1, 1], group = 1 } = node.attributes;
  return filter?.slice(2).join() === "3,3" && String(strides) === "1,1" && String(dilations) === "1,1" && group === 1;
}
