import type { WorkKind } from "@epochmark/schema";
import type { Node, Value } from "../graph/graph.ts";
import { sizeOf } from "../graph/graph.ts";
import { at, list, number } from "../graph/shape.ts";

/** What a node is to a device: work of its own, part of a stretch of memory traffic, or nothing at all. */
export type Role = { heavy: WorkKind } | "fusable" | "alone" | "view";

const views = new Set(["Reshape", "Identity", "Expand"]);
const alone = new Set(["MaxPool", "AveragePool", "Gather", "GatherND", "ScatterND", "Concat", "Pad", "CumSum", "Tile"]);

/** The role of every node. `maps`: shapes of attention maps (outputs of Softmax over the last axis of a batched product). */
export function roleOf(node: Node, isActivation: (value: Value) => boolean): Role {
  switch (node.op) {
    case "Conv":
    case "ConvTranspose":
    case "ConvInputGrad": {
      return { heavy: convolutionKind(at(node.inputs, 1).shape, node) };
    }
    case "ConvFilterGrad": {
      return { heavy: convolutionKind(list(node.attributes, "filterShape"), node) };
    }
    case "Gemm":
    case "MatMul": {
      return { heavy: productKind(node, isActivation) };
    }
    default: {
      if (views.has(node.op)) return "view";
      return alone.has(node.op) ? "alone" : "fusable";
    }
  }
}

/** 3×3 with stride 1 apart: Winograd's algorithm computes it with fewer multiplications than are counted. */
function convolutionKind(filter: readonly number[], node: Node): WorkKind {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = filter;
  if (number(node.attributes, "group") > 1 && inputs === 1) return "depthwise";
  if (height === 1 && width === 1) return "pointwise";
  const strides = list(node.attributes, "strides");
  const dilations = node.attributes["dilations"] === undefined ? [1, 1] : list(node.attributes, "dilations");
  const plain = [...strides.slice(0, 2), ...dilations.slice(0, 2)].every((n) => n === 1);
  return height === 3 && width === 3 && plain && outputs > 1 ? "conv3x3" : "conv";
}

/** A product of two computed batches of matrices is attention; one with a weight, or a plain one, is a GEMM. */
function productKind(node: Node, isActivation: (value: Value) => boolean): WorkKind {
  const [a, b] = [at(node.inputs, 0), at(node.inputs, 1)];
  const batches = sizeOf(node.output.shape.slice(0, -2));
  return batches > 1 && a.shape.length > 2 && b.shape.length > 2 && isActivation(a) && isActivation(b)
    ? "attention"
    : "gemm";
}
