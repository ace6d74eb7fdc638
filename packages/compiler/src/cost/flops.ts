import type { Graph, Node } from "../graph/graph.ts";
import { sizeOf } from "../graph/graph.ts";
import { at, list } from "../graph/shape.ts";

/**
 * Floating-point operations of a graph: 2 × multiply-accumulate of convolutions and matrix products,
 * nothing else, as `torch.utils.flop_counter` counts and as the papers' tables are written.
 */
export function countFlops(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + flopsOf(node), 0);
}

/** FLOPs of one node, counted in the same way. */
export function flopsOf(node: Node): number {
  switch (node.op) {
    case "Gemm":
    case "MatMul": {
      const a = at(node.inputs, 0);
      const inner = a.shape.at(node.attributes["transposeA"] ? -2 : -1) ?? 1;
      return 2 * sizeOf(node.output.shape) * inner;
    }
    case "Conv": {
      return 2 * sizeOf(node.output.shape) * sizeOf(at(node.inputs, 1).shape.slice(1));
    }
    case "ConvInputGrad":
    case "ConvTranspose": {
      return 2 * sizeOf(at(node.inputs, 0).shape) * sizeOf(at(node.inputs, 1).shape.slice(1));
    }
    case "ConvFilterGrad": {
      const filter = list(node.attributes, "filterShape");
      return 2 * sizeOf(at(node.inputs, 1).shape) * sizeOf(filter.slice(1));
    }
    default: {
      return 0;
    }
  }
}
