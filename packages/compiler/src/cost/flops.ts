import type { Graph, Node } from "../graph/graph.ts";
import { sizeOf } from "../graph/graph.ts";
import { at, dim, list } from "../graph/shape.ts";

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
      const [, channels = 1, ...kernel] = list(node.attributes, "filterShape");
      const taps = node.attributes["secondOrder"] ? tapsOfAutograd(node) : kernel;
      return 2 * sizeOf(at(node.inputs, 1).shape) * channels * sizeOf(taps);
    }
    default: {
      return 0;
    }
  }
}

/**
 * Rows and columns that PyTorch's autograd gives a filter's second derivative before it cuts them to the filter's: it convolves
 * with `dy` as a filter spread by the stride, over all of the padded image. Its counter, and so the papers' tables, count them.
 */
function tapsOfAutograd({ inputs, attributes }: Node): number[] {
  const [strides, dilations, pads] = ["strides", "dilations", "pads"].map((name) => list(attributes, name));
  return [0, 1].map((axis) => {
    const padded = dim(at(inputs, 0).shape, axis + 2) + dim(pads!, axis) + dim(pads!, axis + 2);
    const spread = dim(strides!, axis) * (dim(at(inputs, 1).shape, axis + 2) - 1) + 1;
    return Math.floor((padded - spread) / dim(dilations!, axis)) + 1;
  });
}
