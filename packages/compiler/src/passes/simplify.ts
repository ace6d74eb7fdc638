import { type Graph, type Node, type Value, sizeOf } from "../graph/graph.ts";
import type { OpName } from "../graph/ops.ts";
import { at, broadcast, list, sameShape } from "../graph/shape.ts";
import { type Rewrite, type Rule, rewrite } from "./rewrite.ts";

/** Rewrites that cost nothing and lose nothing: neutral elements, views of views, constants that need no shape. */
export function simplify(graph: Graph): Graph {
  return rewrite(graph, settled);
}

/** The node's simplest form: what a rule gives is looked at again. */
const settled: Rule = (node, context) => {
  for (const rule of rules[node.op] ?? []) {
    const result = rule(node, context);
    if (!result) continue;
    const made = context.producer(result);
    return (made && settled(made, context)) ?? result;
  }
  return undefined;
};

/** A value that holds the same number everywhere, as that number. */
const uniform = (value: Value, { constantOf }: Rewrite): number | undefined => {
  const data = constantOf(value);
  if (typeof data === "number") return data;
  return data?.length === 1 ? data[0] : undefined;
};

/** `x` in the shape that the node gives. */
const widened = (x: Value, node: Node, { op }: Rewrite): Value =>
  sameShape(x.shape, node.output.shape) ? x : op("Expand", [x], { shape: node.output.shape });

/** Drops an operand that changes nothing, such as 1 in a product. */
const neutral =
  (index: number, number: number): Rule =>
  (node, context) =>
    uniform(at(node.inputs, index), context) === number
      ? widened(at(node.inputs, 1 - index), node, context)
      : undefined;

/** Two constants that hold one number each give a constant. */
const fold =
  (compute: (a: number, b: number) => number): Rule =>
  (node, context) => {
    if (node.output.dtype !== "float32") return undefined;
    const [a, b] = [uniform(at(node.inputs, 0), context), uniform(at(node.inputs, 1), context)];
    return a === undefined || b === undefined
      ? undefined
      : context.constant(node.output.shape, "float32", Math.fround(compute(a, b)));
  };

/** A constant or an Expand beside a full-sized operand can stay small: the operation broadcasts by itself. */
const shrinkOperands: Rule = (node, context) => {
  const small = (value: Value): Value => {
    const number = uniform(value, context);
    if (number !== undefined && value.shape.length > 0) return context.constant([], value.dtype, number);
    const producer = context.producer(value);
    return producer?.op === "Expand" ? at(producer.inputs, 0) : value;
  };
  const inputs = [...node.inputs];
  let changed = false;
  for (const [index, input] of inputs.entries()) {
    const candidate = small(input);
    if (candidate === input) continue;
    const next = inputs.with(index, candidate);
    if (!sameShape(broadcast(...next.map(({ shape }) => shape)), node.output.shape)) continue;
    inputs[index] = candidate;
    changed = true;
  }
  return changed ? context.op(node.op, inputs, node.attributes) : undefined;
};

/** What is the same along an axis is computed once and widened after, not before. */
const widenLater: Rule = (node, { producer, op }) => {
  const [small, ...others] = node.inputs.map((input) => {
    const made = producer(input);
    return made?.op === "Expand" ? at(made.inputs, 0) : input;
  });
  const operands = [small as Value, ...others];
  const shape = broadcast(...operands.map((operand) => operand.shape));
  if (operands.every((operand, i) => operand === node.inputs[i]) || sizeOf(shape) === sizeOf(node.output.shape))
    return undefined;
  return op("Expand", [op(node.op, operands, node.attributes)], { shape: node.output.shape });
};

/** The node gives back its input unchanged. */
const sameAsInput: Rule = (node) =>
  sameShape(at(node.inputs, 0).shape, node.output.shape) ? at(node.inputs, 0) : undefined;

/** Repeating an axis of size 1 is widening it. */
const tileAsExpand: Rule = (node, { op }) => {
  const x = at(node.inputs, 0);
  return x.shape.every((n, i) => n === 1 || n === node.output.shape[i])
    ? op("Expand", [x], { shape: node.output.shape })
    : undefined;
};

/** A constant seen through a view stays a constant where it holds one number. */
const viewOfUniform: Rule = (node, { constantOf, constant }) => {
  const data = constantOf(at(node.inputs, 0));
  return typeof data === "number" ? constant(node.output.shape, node.output.dtype, data) : undefined;
};

const reshapeOfReshape: Rule = (node, { producer, op }) => {
  const inner = producer(at(node.inputs, 0));
  return inner?.op === "Reshape" ? op("Reshape", [at(inner.inputs, 0)], node.attributes) : undefined;
};

const transposeOfTranspose: Rule = (node, { producer, op }) => {
  const inner = producer(at(node.inputs, 0));
  if (inner?.op !== "Transpose") return undefined;
  const [outer, first] = [list(node.attributes, "perm"), list(inner.attributes, "perm")];
  const perm = outer.map((axis) => first[axis] ?? 0);
  return perm.every((axis, i) => axis === i) ? at(inner.inputs, 0) : op("Transpose", [at(inner.inputs, 0)], { perm });
};

/** A transposition that only moves axes of size 1 is a reshape. */
const transposeAsReshape: Rule = (node, { op }) => {
  const { shape } = at(node.inputs, 0);
  const moved = list(node.attributes, "perm").filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? -1))
    ? op("Reshape", [at(node.inputs, 0)], { shape: node.output.shape })
    : undefined;
};

/** A matrix product whose operand was transposed takes the untransposed one and a flag. */
const transposeIntoMatMul: Rule = (node, { producer, op }) => {
  const turned = (index: number): Value | undefined => {
    const inner = producer(at(node.inputs, index));
    if (inner?.op !== "Transpose") return undefined;
    const perm = list(inner.attributes, "perm");
    const rank = perm.length;
    const swapsLast = perm.every((axis, i) => axis === (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2));
    return swapsLast ? at(inner.inputs, 0) : undefined;
  };
  const [a, b] = [turned(0), turned(1)];
  if (!a && !b) return undefined;
  const { transposeA, transposeB } = node.attributes;
  return op("MatMul", [a ?? at(node.inputs, 0), b ?? at(node.inputs, 1)], {
    ...node.attributes,
    transposeA: a ? !transposeA : Boolean(transposeA),
    transposeB: b ? !transposeB : Boolean(transposeB),
  });
};

/** Sums over axes of size 1 only change the shape. */
const trivialReduction: Rule = (node, { op }) => {
  const x = at(node.inputs, 0);
  return sizeOf(x.shape) === sizeOf(node.output.shape) ? op("Reshape", [x], { shape: node.output.shape }) : undefined;
};

/** -x added is x subtracted. */
const addOfNeg: Rule = (node, { producer, op }) => {
  const negated = [1, 0].find((index) => producer(at(node.inputs, index))?.op === "Neg");
  if (negated === undefined) return undefined;
  const inner = producer(at(node.inputs, negated));
  return inner && op("Sub", [at(node.inputs, 1 - negated), at(inner.inputs, 0)]);
};

const sliceOfWhole: Rule = (node) => {
  const x = at(node.inputs, 0);
  return sameShape(x.shape, node.output.shape) && list(node.attributes, "steps").every((step) => step === 1)
    ? x
    : undefined;
};

const rules: Partial<Record<OpName, Rule[]>> = {
  Add: [neutral(0, 0), neutral(1, 0), fold((a, b) => a + b), addOfNeg, shrinkOperands, widenLater],
  Sub: [neutral(1, 0), fold((a, b) => a - b), shrinkOperands, widenLater],
  Mul: [neutral(0, 1), neutral(1, 1), fold((a, b) => a * b), shrinkOperands, widenLater],
  Div: [neutral(1, 1), fold((a, b) => a / b), shrinkOperands, widenLater],
  Pow: [shrinkOperands, widenLater],
  Neg: [widenLater],
  Sqrt: [widenLater],
  Reciprocal: [widenLater],
  Min: [shrinkOperands],
  Max: [shrinkOperands],
  Greater: [shrinkOperands],
  GreaterOrEqual: [shrinkOperands],
  Less: [shrinkOperands],
  LessOrEqual: [shrinkOperands],
  Equal: [shrinkOperands],
  Where: [shrinkOperands],
  MatMul: [transposeIntoMatMul],
  ReduceSum: [trivialReduction],
  ReduceMean: [trivialReduction],
  ReduceMax: [trivialReduction],
  ReduceMin: [trivialReduction],
  Reshape: [sameAsInput, viewOfUniform, reshapeOfReshape],
  Transpose: [viewOfUniform, transposeOfTranspose, transposeAsReshape],
  Expand: [sameAsInput, viewOfUniform],
  Tile: [sameAsInput, viewOfUniform, tileAsExpand],
  Slice: [sliceOfWhole, viewOfUniform],
  Identity: [sameAsInput],
};
