import { type Attributes, type Graph, type Node, sizeOf, type Value } from "../graph/graph.ts";
import { at, dim, list, number } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/**
 * Turns the two logical gradient convolutions into operations that ONNX has. `many`: elements an image from which on the
 * taps of a filter are joined in several products.
 */
export function lowerConvolutionGradients(graph: Graph, many: number = 2 ** 24): Graph {
  return rewrite(graph, (node, context) => {
    if (node.op === "ConvInputGrad") return inputGradient(node, context);
    if (node.op === "ConvFilterGrad") return filterGradient(node, many, context);
    return undefined;
  });
}

type Pair = [number, number];
const pair = (attributes: Attributes, name: string): Pair => list(attributes, name).slice(0, 2) as Pair;

/** All elements of `x` in reverse order along the last two axes. */
function rotated(x: Value, { op }: Rewrite): Value {
  const [h, w] = [dim(x.shape, 2), dim(x.shape, 3)];
  if (h * w === 1) return x;
  return op("Slice", [x], {
    starts: [0, 0, h - 1, w - 1],
    ends: [dim(x.shape, 0), dim(x.shape, 1), -h - 1, -w - 1],
    steps: [1, 1, -1, -1],
  });
}

/**
 * Stride 1: a convolution of dy with the turned filter, or, where the filter is larger than the images, of the turned
 * dy with the filter, turned back. Otherwise a transposed convolution.
 */
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
    const before = [0, 1].map((i) => dim(extents, i) - 1 - dim(starts, i));
    // What is missing to the input's size: the forward padding after may leave elements unread.
    const after = [0, 1].map(
      (i) => dim(inputShape, i + 2) - (dim(dy.shape, i + 2) + dim(before, i) - dim(extents, i) + 1),
    );
    if (after.every((pad) => pad >= 0)) {
      const convolve = (x: Value, by: Value, pads: number[]): Value =>
        op("Conv", [x, op("Transpose", [by], { perm: [1, 0, 2, 3] })], { strides: [1, 1], dilations, pads, group: 1 });
      return sizeOf(filter.shape) <= sizeOf(dy.shape) + sizeOf(inputShape)
        ? convolve(dy, rotated(filter, context), [...before, ...after])
        : rotated(convolve(rotated(dy, context), filter, [...after, ...before]), context);
    }
  }
  return transposed({ dy, filter, inputShape, strides, dilations, group, starts, extents }, context);
}

interface Transposed {
  dy: Value;
  filter: Value;
  inputShape: readonly number[];
  strides: Pair;
  dilations: Pair;
  group: number;
  /** Padding before the input, and what the filter spans. */
  starts: Pair;
  extents: Pair;
}

/**
 * A transposed convolution with the same padding on both sides: with any other one ONNX Runtime leaves CUDA for the CPU.
 * What the padding after then takes too much comes back as output padding, which may not reach the stride; what it takes
 * too little is cut off.
 */
function transposed(given: Transposed, { op }: Rewrite): Value {
  const { dy, filter, inputShape, strides, dilations, group, starts, extents } = given;
  const each = (value: (axis: 0 | 1) => number): Pair => [value(0), value(1)];
  const wanted = each((i) => dim(inputShape, i + 2));
  const reach = each((i) => (dim(dy.shape, i + 2) - 1) * strides[i] + extents[i]);
  const missing = each((i) => wanted[i] - (reach[i] - 2 * starts[i]));
  const fits = missing.every((n, i) => n < Math.max(dim(strides, i), dim(dilations, i)));
  const pads = fits ? starts : each(() => 0);
  const outputPadding = each((i) => (fits ? Math.max(0, missing[i]) : 0));
  const made = each((i) => reach[i] - 2 * pads[i] + outputPadding[i]);
  const whole = inputShape.slice(0, 2);
  const all = op("ConvTranspose", [dy, filter], {
    strides,
    dilations,
    group,
    pads: [...pads, ...pads],
    outputPadding,
    outputShape: [...whole, ...made],
  });
  const first = each((i) => starts[i] - pads[i]);
  const end = each((i) => Math.min(made[i], first[i] + wanted[i]));
  const cut = op("Slice", [all], { starts: [0, 0, ...first], ends: [...whole, ...end], steps: [1, 1, 1, 1] });
  const unread = each((i) => wanted[i] - (end[i] - first[i]));
  if (unread.every((n) => n === 0)) return cut;
  return op("Pad", [cut], { pads: [0, 0, 0, 0, 0, 0, ...unread], mode: "constant", value: 0 });
}

/**
 * Taps of fewer channels than this are joined, so that a product is tall enough to be quick: all of them, or, where they
 * are many elements, no more than that takes, since every joined tap is a copy in memory.
 */
const joinBelow = 32;

/**
 * dW[o, c, i, j] = sum over positions of dy[o, p] x[c, p + (i, j)]: one matrix product a tap. The side
 * with fewer channels is the one that is cut once for every tap, because cutting copies. The images of a batch give a
 * product each, to be summed, or, where they are smaller than the filter, lie end to end in one product.
 */
function filterGradient(node: Node, many: number, context: Rewrite): Value {
  const g = geometryOf(node, many, context);
  const cutsDy =
    g.group === 1 && g.o < g.c && g.strides[0] === 1 && g.strides[1] === 1 ? dyTaps(g, context) : undefined;
  return cutsDy
    ? fromTaps(cutsDy, g.x, g.o, "rows", g, context)
    : fromTaps(xTaps(g, context), g.dy, g.c / g.group, "columns", g, context);
}

interface Geometry {
  /** [n, c, h, w]; [c, n, h, w] where the images lie end to end. */
  x: Value;
  dy: Value;
  /** Products a tap, and images in one of them. */
  products: number;
  images: number;
  c: number;
  o: number;
  group: number;
  strides: Pair;
  dilations: Pair;
  starts: Pair;
  kernel: Pair;
  size: Pair;
  out: Pair;
  filterShape: readonly number[];
  /** Elements of an image's joined taps from which on several products take some each. */
  many: number;
}

function geometryOf(node: Node, many: number, { op }: Rewrite): Geometry {
  const [x, dy] = [at(node.inputs, 0), at(node.inputs, 1)];
  const filterShape = list(node.attributes, "filterShape");
  const group = number(node.attributes, "group");
  const n = dim(x.shape, 0);
  const endToEnd = n > 1 && group === 1 && sizeOf(x.shape) + sizeOf(dy.shape) < n * sizeOf(filterShape);
  const laid = (value: Value): Value => (endToEnd ? op("Transpose", [value], { perm: [1, 0, 2, 3] }) : value);
  return {
    x: laid(x),
    dy: laid(dy),
    products: endToEnd ? 1 : n,
    images: endToEnd ? n : 1,
    c: dim(x.shape, 1),
    o: dim(dy.shape, 1),
    group,
    strides: pair(node.attributes, "strides"),
    dilations: pair(node.attributes, "dilations"),
    starts: pair(node.attributes, "pads"),
    kernel: [dim(filterShape, 2), dim(filterShape, 3)],
    size: [dim(x.shape, 2), dim(x.shape, 3)],
    out: [dim(dy.shape, 2), dim(dy.shape, 3)],
    filterShape,
    many,
  };
}

function* positions([rows, columns]: Pair): Generator<Pair> {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) yield [i, j];
}

/** For every tap the elements of x that the output positions see, of the output's height and width. */
function xTaps({ x, strides, dilations, starts, kernel, size, out }: Geometry, { op }: Rewrite): Value[] {
  const needed = [0, 1].map((a) =>
    Math.max(
      (dim(out, a) - 1) * dim(strides, a) +
        (dim(kernel, a) - 1) * dim(dilations, a) +
        1 -
        dim(starts, a) -
        dim(size, a),
      0,
    ),
  );
  const pads = [0, 0, ...starts, 0, 0, ...needed];
  const padded = pads.every((pad) => pad === 0) ? x : op("Pad", [x], { pads, mode: "constant", value: 0 });
  return [...positions(kernel)].map((tap) => {
    const from = [0, 1].map((a) => dim(tap, a) * dim(dilations, a));
    const ends = [0, 1].map((a) => dim(from, a) + (dim(out, a) - 1) * dim(strides, a) + 1);
    return op("Slice", [padded], {
      starts: [0, 0, ...from],
      ends: [...x.shape.slice(0, 2), ...ends],
      steps: [1, 1, ...strides],
    });
  });
}

/** For every tap the elements of dy that belong to each element of x (stride 1), zero outside; undefined where padding exceeds the filter. */
function dyTaps({ dy, dilations, starts, kernel, size, out }: Geometry, { op }: Rewrite): Value[] | undefined {
  const reach = [0, 1].map((a) => (dim(kernel, a) - 1) * dim(dilations, a));
  const before = [0, 1].map((a) => dim(reach, a) - dim(starts, a));
  const after = [0, 1].map((a) => dim(size, a) + dim(reach, a) - dim(out, a) - dim(before, a));
  if ([...before, ...after].some((pad) => pad < 0)) return undefined;
  const padded = op("Pad", [dy], { pads: [0, 0, ...before, 0, 0, ...after], mode: "constant", value: 0 });
  return [...positions(kernel)].map((tap) => {
    const from = [0, 1].map((a) => dim(reach, a) - dim(tap, a) * dim(dilations, a));
    return op("Slice", [padded], {
      starts: [0, 0, ...from],
      ends: [...dy.shape.slice(0, 2), ...from.map((start, a) => start + dim(size, a))],
      steps: [1, 1, 1, 1],
    });
  });
}

function chunked<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}

/** The products of every tap with the other side, as a filter. `side`: whether the taps are the product's rows (outputs) or columns (inputs). */
function fromTaps(
  taps: Value[],
  whole: Value,
  channels: number,
  side: "rows" | "columns",
  g: Geometry,
  { op }: Rewrite,
): Value {
  const { products: n, images, group, kernel, filterShape, many } = g;
  const count = kernel[0] * kernel[1];
  const area = images * dim(whole.shape, 2) * dim(whole.shape, 3);
  const flat = (x: Value, rows: number): Value => op("Reshape", [x], { shape: [n, group, rows, area] });
  const other = flat(whole, (side === "rows" ? g.c : g.o) / group);
  const product = (cut: Value): Value => {
    const [a, b] = side === "rows" ? [cut, other] : [other, cut];
    const products = op("MatMul", [a, b], { transposeA: false, transposeB: true });
    return n === 1 ? products : op("ReduceSum", [products], { axes: [0], keepdims: true });
  };
  // [1, group, outputs, inputs], with the taps beside the cut side's channels, or as a last axis.
  if (channels < joinBelow || count === 1) {
    const join = (some: Value[]): Value =>
      some.length === 1
        ? (some[0] as Value)
        : op(
            "Concat",
            some.map((tap) => op("Reshape", [tap], { shape: [n, group * channels, 1, area] })),
            { axis: 2 },
          );
    const elements = (group * channels * count * area) / images;
    const together = elements > many ? Math.ceil(joinBelow / channels) : count;
    const rest = dim(filterShape, side === "rows" ? 1 : 0);
    const parts = chunked(taps, together).map((some) =>
      op("Reshape", [product(flat(join(some), channels * some.length))], {
        shape: side === "rows" ? [channels, some.length, rest] : [rest, channels, some.length],
      }),
    );
    const result = parts.length === 1 ? (parts[0] as Value) : op("Concat", parts, { axis: side === "rows" ? 1 : 2 });
    if (side === "columns") return op("Reshape", [result], { shape: filterShape });
    return op("Reshape", [op("Transpose", [result], { perm: [0, 2, 1] })], { shape: filterShape });
  }
  const products = taps.map((tap) => product(flat(tap, channels)));
  const stacked = op(
    "Concat",
    products.map((p) => op("Reshape", [p], { shape: [1, dim(filterShape, 0) * dim(filterShape, 1)] })),
    { axis: 0 },
  );
  return op("Reshape", [op("Transpose", [stacked], { perm: [1, 0] })], { shape: filterShape });
}
