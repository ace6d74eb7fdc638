import { type Attributes, type Graph, type Node, type Value, sizeOf } from "../graph/graph.ts";
import { broadcasting, type OpName } from "../graph/ops.ts";
import { at, dim, list, number, sameShape } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/**
 * Moves transpositions towards the results, through whatever does not care in which order the axes
 * lie, so that the pairs that tfjs's NHWC puts around every NCHW convolution meet and cancel.
 */
export function sinkTransposes(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    if (elementwise.has(node.op)) return throughElementwise(node, context);
    const [turned, ...others] = node.inputs.map((input) => transposed(input, context));
    if (!turned || others.length > 0) return node.op === "Concat" ? throughConcat(node, context) : undefined;
    if (reductions.has(node.op)) return throughReduction(node, turned, context);
    const moved = movedAttributes(node, turned.perm);
    return moved && context.op("Transpose", [context.op(node.op, [turned.of], moved)], { perm: turned.perm });
  });
}

interface Turned {
  of: Value;
  perm: readonly number[];
}

const elementwise = new Set<OpName>([
  "Neg",
  "Abs",
  "Exp",
  "Log",
  "Sqrt",
  "Reciprocal",
  "Erf",
  "Relu",
  "Sigmoid",
  "Tanh",
  "Sin",
  "Cos",
  "Floor",
  "Ceil",
  "Sign",
  "Not",
  "Softplus",
  "Elu",
  "Selu",
  "LeakyRelu",
  "Gelu",
  "Cast",
  "Clip",
  ...broadcasting,
]);

const reductions = new Set<OpName>(["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"]);

function transposed(value: Value, { producer }: Rewrite): Turned | undefined {
  const node = producer(value);
  return node?.op === "Transpose" ? { of: at(node.inputs, 0), perm: list(node.attributes, "perm") } : undefined;
}

const inverse = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

function throughElementwise(node: Node, context: Rewrite): Value | undefined {
  const { shape } = node.output;
  const found = node.inputs
    .map((input) => (sameShape(input.shape, shape) ? transposed(input, context) : undefined))
    .find(Boolean);
  if (!found) return undefined;
  const inputs: Value[] = [];
  for (const input of node.inputs) {
    const own = transposed(input, context);
    if (own && sameShape(own.perm, found.perm)) inputs.push(own.of);
    else if (sizeOf(input.shape) === 1) inputs.push(context.op("Reshape", [input], { shape: [] }));
    // A broadcast operand is small: turning it costs little. A whole one would cost what is to be saved.
    else if (sizeOf(input.shape) * 4 <= sizeOf(shape)) inputs.push(turnedBack(input, found.perm, context));
    else return undefined;
  }
  return context.op("Transpose", [context.op(node.op, inputs, node.attributes)], { perm: found.perm });
}

/** A broadcast operand as the transposed operation needs it. */
function turnedBack(input: Value, perm: readonly number[], { op }: Rewrite): Value {
  const missing = perm.length - input.shape.length;
  const full =
    missing === 0
      ? input
      : op("Reshape", [input], { shape: [...Array.from({ length: missing }, () => 1), ...input.shape] });
  return op("Transpose", [full], { perm: inverse(perm) });
}

function throughReduction(node: Node, { of, perm }: Turned, { op }: Rewrite): Value {
  const axes = list(node.attributes, "axes").map((axis) => dim(perm, axis));
  const reduced = op(node.op, [of], { ...node.attributes, axes });
  if (node.attributes["keepdims"]) return op("Transpose", [reduced], { perm });
  // The axes that stay, in the order in which each side holds them.
  const staying = perm.filter((axis) => !axes.includes(axis));
  const held = staying.toSorted((a, b) => a - b);
  return op("Transpose", [reduced], { perm: staying.map((axis) => held.indexOf(axis)) });
}

function throughConcat(node: Node, context: Rewrite): Value | undefined {
  const turned = node.inputs.map((input) => transposed(input, context));
  const [first] = turned;
  if (!first || turned.some((part) => !part || !sameShape(part.perm, first.perm))) return undefined;
  const joined = context.op(
    "Concat",
    turned.map((part) => (part as Turned).of),
    { axis: dim(first.perm, number(node.attributes, "axis")) },
  );
  return context.op("Transpose", [joined], { perm: first.perm });
}

/** Attributes of a one-operand node whose axes are named by position, for the untransposed operand. */
function movedAttributes(node: Node, perm: readonly number[]): Attributes | undefined {
  const back = inverse(perm);
  const byAxis = (values: readonly number[]): number[] => back.map((axis) => dim(values, axis));
  switch (node.op) {
    case "Slice": {
      const [starts, ends, steps] = ["starts", "ends", "steps"].map((name) => byAxis(list(node.attributes, name)));
      return { starts: starts ?? [], ends: ends ?? [], steps: steps ?? [] };
    }
    case "Pad": {
      const pads = list(node.attributes, "pads");
      return { ...node.attributes, pads: [...byAxis(pads.slice(0, perm.length)), ...byAxis(pads.slice(perm.length))] };
    }
    case "Tile":
      return { repeats: byAxis(list(node.attributes, "repeats")) };
    case "Softmax":
      return { axis: dim(perm, number(node.attributes, "axis")) };
    default:
      return undefined;
  }
}
