import type { Attributes, Graph, Node, Value } from "../graph/graph.ts";
import { at, dim, list, number } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/** Turns the two logical gradient convolutions into operations that ONNX has. */
export function lowerConvolutionGradients(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    if (node.op === "ConvInputGrad") return inputGradient(node, context);
    if (node.op === "ConvFilterGrad") return filterGradient(node, context);
    return undefined;
  });
}

type Pair = [number, number];
const pair = (attributes: Attributes, name: string): Pair => list(attributes, name).slice(0, 2) as Pair;

/** All elements of `x` in reverse order along the last two axes. */
function rotated(x: Value, { op }: Rewrite): Value {
  const [h, w] = [dim(x.shape, 2), dim(x.shape, 3)];
  return op("Slice", [x], {
    starts: [0, 0, h - 1, w - 1],
    ends: [dim(x.shape, 0), dim(x.shape, 1), -h - 1, -w - 1],
    steps: [1, 1, -1, -1],
  });
}

/** Stride 1: a convolution of dy with the turned filter. Otherwise a transposed convolution. */
function inputGradient(node: Node, context: Rewrite): Value {
  const { op } = context;
  const [dy, filter] = [at(node.inputs, 0), at(node.inputs, 1)];
  const strides = pair(node.attributes, "strides");
  const dilations = pair(node.attributes, "dilations");
  const [top, left] = pair(node.attributes, "pads");
  const group = number(node.attributes, "group");
  const inputShape = list(node.attributes, "inputShape");
  const extents = [0, 1].map((i) => (dim(filter.shape, i + 2) - 1) * dim(dilations, i) + 1) as Pair;
  const starts: Pair = [top, left];
  if (strides[0] === 1 && strides[1] === 1 && group === 1 && starts.every((pad, i) => pad < dim(extents, i))) {
    const turned = op("Transpose", [rotated(filter, context)], { perm: [1, 0, 2, 3] });
    const before = [0, 1].map((i) => dim(extents, i) - 1 - dim(starts, i));
    // What is missing to the input's size: the forward padding after may leave elements unread.
    const after = [0, 1].map(
      (i) => dim(inputShape, i + 2) - (dim(dy.shape, i + 2) + dim(before, i) - dim(extents, i) + 1),
    );
    if (after.every((pad) => pad >= 0))
      return op("Conv", [dy, turned], { strides: [1, 1], dilations, pads: [...before, ...after], group: 1 });
  }
  // Output padding may not reach the stride: cut or extend through the end pads instead.
  const reach = [0, 1].map((i) => (dim(dy.shape, i + 2) - 1) * dim(strides, i) + dim(extents, i)) as Pair;
  const surplus = [0, 1].map((i) => dim(reach, i) - dim(starts, i) - dim(inputShape, i + 2)) as Pair;
  const outputPadding = surplus.map((n) => Math.max(0, -n)) as Pair;
  const endPads = surplus.map((n) => Math.max(0, n)) as Pair;
  const fits = outputPadding.every((n, i) => n < Math.max(dim(strides, i), dim(dilations, i)));
  const attributes = {
    strides,
    dilations,
    group,
    pads: [...starts, ...endPads],
    outputPadding: fits ? outputPadding : [0, 0],
  };
  if (fits) return op("ConvTranspose", [dy, filter], { ...attributes, outputShape: inputShape });
  const shape = inputShape.map((n, i) => (i < 2 ? n : n - dim(outputPadding, i - 2)));
  const inner = op("ConvTranspose", [dy, filter], { ...attributes, outputShape: shape });
  return op("Pad", [inner], { pads: [0, 0, 0, 0, 0, 0, ...outputPadding], mode: "constant", value: 0 });
}

/** im2col by slices, then one matrix product with dy: [O, N*h*w] x [N*h*w, C*kh*kw]. */
function filterGradient(node: Node, context: Rewrite): Value {
  const { op } = context;
  const [x, dy] = [at(node.inputs, 0), at(node.inputs, 1)];
  const strides = pair(node.attributes, "strides");
  const dilations = pair(node.attributes, "dilations");
  const group = number(node.attributes, "group");
  const filterShape = list(node.attributes, "filterShape");
  const [kh, kw] = [dim(filterShape, 2), dim(filterShape, 3)];
  const [n, c] = [dim(x.shape, 0), dim(x.shape, 1)];
  const [o, oh, ow] = [1, 2, 3].map((i) => dim(dy.shape, i)) as [number, number, number];
  const [top, left] = pair(node.attributes, "pads");
  const need = [
    Math.max((oh - 1) * strides[0] + (kh - 1) * dilations[0] + 1 - top - dim(x.shape, 2), 0),
    Math.max((ow - 1) * strides[1] + (kw - 1) * dilations[1] + 1 - left - dim(x.shape, 3), 0),
  ];
  const padded =
    top + left + dim(need, 0) + dim(need, 1) === 0
      ? x
      : op("Pad", [x], { pads: [0, 0, top, left, 0, 0, ...need], mode: "constant", value: 0 });
  const perGroup = c / group;
  const taps: Value[] = [];
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++) {
      const cut = op("Slice", [padded], {
        starts: [0, 0, i * dilations[0], j * dilations[1]],
        ends: [n, c, i * dilations[0] + (oh - 1) * strides[0] + 1, j * dilations[1] + (ow - 1) * strides[1] + 1],
        steps: [1, 1, strides[0], strides[1]],
      });
      taps.push(op("Reshape", [cut], { shape: [n, group, perGroup, 1, oh * ow] }));
    }
  const columns = taps.length === 1 ? (taps[0] as Value) : op("Concat", taps, { axis: 3 });
  const left3 = op("Reshape", [dy], { shape: [n, group, o / group, oh * ow] });
  const right3 = op("Reshape", [columns], { shape: [n, group, perGroup * kh * kw, oh * ow] });
  const products = op("MatMul", [left3, right3], { transposeA: false, transposeB: true });
  const summed = n === 1 ? products : op("ReduceSum", [products], { axes: [0], keepdims: false });
  return op("Reshape", [summed], { shape: filterShape });
}
