import type { DType } from "@epochmark/schema";
import type { Attributes, Value, ValueType } from "./graph.ts";
import { type Inferred, at, broadcast, dim, list, number, sameShape } from "./shape.ts";

/**
 * The operations of the graph, each with the rule that gives its output's shape and type. Names and
 * meaning are ONNX's; shape-like operands (axes, starts, perm ...) are attributes here. Logical ones,
 * which passes lower before ONNX is written, are marked.
 */
interface OpRule {
  infer(inputs: readonly Value[], attributes: Attributes): Inferred;
  /** Cannot be written as ONNX: a pass must lower it first. */
  logical?: true;
}

const unary: OpRule = { infer: (inputs) => at(inputs, 0) };
const binary: OpRule = {
  infer: (inputs) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    if (a.dtype !== b.dtype) throw new Error(`operands differ in type: ${a.dtype} and ${b.dtype}`);
    return { shape: broadcast(a.shape, b.shape), dtype: a.dtype };
  },
};
const comparison: OpRule = { infer: (inputs, attributes) => ({ ...binary.infer(inputs, attributes), dtype: "bool" }) };
const reduce = (dtype?: DType): OpRule => ({
  infer: (inputs, attributes) => {
    const x = at(inputs, 0);
    const axes = new Set(list(attributes, "axes"));
    for (const axis of axes) dim(x.shape, axis);
    const shape = attributes["keepdims"]
      ? x.shape.map((n, i) => (axes.has(i) ? 1 : n))
      : x.shape.filter((_, i) => !axes.has(i));
    return { shape, dtype: dtype ?? x.dtype };
  },
});
const argument: OpRule = {
  infer: (inputs, attributes) => ({
    shape: at(inputs, 0).shape.filter((_, i) => i !== number(attributes, "axis")),
    dtype: "int32",
  }),
};

/** Spatial output size of a window operation with explicit padding `[top, left, bottom, right]`. */
function windows(shape: readonly number[], kernel: readonly number[], attributes: Attributes): number[] {
  const pads = list(attributes, "pads");
  const strides = list(attributes, "strides");
  const dilations = attributes["dilations"] ? list(attributes, "dilations") : [1, 1];
  return [0, 1].map((i) => {
    const extent = (dim(kernel, i) - 1) * dim(dilations, i) + 1;
    return Math.floor((dim(shape, i + 2) + dim(pads, i) + dim(pads, i + 2) - extent) / dim(strides, i)) + 1;
  });
}

const pool: OpRule = {
  infer: (inputs, attributes) => {
    const x = at(inputs, 0);
    return {
      shape: [dim(x.shape, 0), dim(x.shape, 1), ...windows(x.shape, list(attributes, "kernel_shape"), attributes)],
      dtype: x.dtype,
    };
  },
};

/** Batched matrix product. */
const product: OpRule["infer"] = (inputs, attributes) => {
  const [a, b] = [at(inputs, 0), at(inputs, 1)];
  const [m, k] = attributes["transposeA"] ? [-1, -2] : [-2, -1];
  const [k2, n] = attributes["transposeB"] ? [-1, -2] : [-2, -1];
  if (a.shape.at(k) !== b.shape.at(k2))
    throw new Error(`inner sizes of [${a.shape.join()}] and [${b.shape.join()}] differ`);
  return {
    shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), a.shape.at(m) ?? 1, b.shape.at(n) ?? 1],
    dtype: a.dtype,
  };
};

const rules = {
  // element by element
  Neg: unary,
  Abs: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Erf: unary,
  Relu: unary,
  Sigmoid: unary,
  Tanh: unary,
  Sin: unary,
  Cos: unary,
  Tan: unary,
  Asin: unary,
  Acos: unary,
  Atan: unary,
  Sinh: unary,
  Cosh: unary,
  Asinh: unary,
  Acosh: unary,
  Atanh: unary,
  Floor: unary,
  Ceil: unary,
  Round: unary,
  Sign: unary,
  Not: unary,
  Softplus: unary,
  Elu: unary,
  Selu: unary,
  LeakyRelu: unary,
  Gelu: unary,
  Identity: unary,
  IsNaN: { infer: (inputs) => ({ shape: at(inputs, 0).shape, dtype: "bool" }) },
  IsInf: { infer: (inputs) => ({ shape: at(inputs, 0).shape, dtype: "bool" }) },
  Cast: { infer: (inputs, attributes) => ({ shape: at(inputs, 0).shape, dtype: attributes["to"] as ValueType }) },
  Clip: unary,
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Pow: binary,
  Min: binary,
  Max: binary,
  Mod: binary,
  PRelu: binary,
  And: binary,
  Or: binary,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Equal: comparison,
  Where: {
    infer: (inputs) => {
      const [condition, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      if (condition.dtype !== "bool") throw new Error(`condition should be bool, found ${condition.dtype}`);
      if (a.dtype !== b.dtype) throw new Error(`branches differ in type: ${a.dtype} and ${b.dtype}`);
      return { shape: broadcast(condition.shape, a.shape, b.shape), dtype: a.dtype };
    },
  },
  // along axes
  ReduceSum: reduce(),
  ReduceMean: reduce(),
  ReduceMax: reduce(),
  ReduceMin: reduce(),
  ReduceProd: reduce(),
  ArgMax: argument,
  ArgMin: argument,
  Softmax: unary,
  CumSum: unary,
  // shape
  Reshape: {
    infer: (inputs, attributes) => {
      const x = at(inputs, 0);
      const shape = list(attributes, "shape");
      const sizes = [x.shape, shape].map((s) => s.reduce((p, n) => p * n, 1));
      if (sizes[0] !== sizes[1]) throw new Error(`cannot reshape [${x.shape.join()}] to [${shape.join()}]`);
      return { shape, dtype: x.dtype };
    },
  },
  Transpose: {
    infer: (inputs, attributes) => {
      const x = at(inputs, 0);
      const perm = list(attributes, "perm");
      if (perm.toSorted((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== x.shape.length)
        throw new Error(`perm [${perm.join()}] does not fit [${x.shape.join()}]`);
      return { shape: perm.map((axis) => dim(x.shape, axis)), dtype: x.dtype };
    },
  },
  Expand: {
    infer: (inputs, attributes) => {
      const x = at(inputs, 0);
      return { shape: broadcast(x.shape, list(attributes, "shape")), dtype: x.dtype };
    },
  },
  Slice: {
    infer: (inputs, attributes) => {
      const x = at(inputs, 0);
      const [starts, ends, steps] = [list(attributes, "starts"), list(attributes, "ends"), list(attributes, "steps")];
      return {
        shape: x.shape.map((n, i) => {
          const [start, end, step] = [dim(starts, i), dim(ends, i), dim(steps, i)];
          // A negative step counts down to `end`, where -n-1 stands for "past the first element".
          const last = step < 0 && end === -n - 1 ? -1 : end;
          return Math.max(0, Math.ceil((last - start) / step));
        }),
        dtype: x.dtype,
      };
    },
  },
  Concat: {
    infer: (inputs, attributes) => {
      const axis = number(attributes, "axis");
      const first = at(inputs, 0);
      const total = inputs.reduce((sum, x) => sum + dim(x.shape, axis), 0);
      for (const x of inputs)
        if (
          x.dtype !== first.dtype ||
          x.shape.length !== first.shape.length ||
          x.shape.some((n, i) => i !== axis && n !== first.shape[i])
        )
          throw new Error(`cannot join [${x.shape.join()}] to [${first.shape.join()}] along ${axis}`);
      return { shape: first.shape.map((n, i) => (i === axis ? total : n)), dtype: first.dtype };
    },
  },
  /** pads: all starts, then all ends; mode: constant (with attribute value), reflect, edge. */
  Pad: {
    infer: (inputs, attributes) => {
      const x = at(inputs, 0);
      const pads = list(attributes, "pads");
      return { shape: x.shape.map((n, i) => n + dim(pads, i) + dim(pads, i + x.shape.length)), dtype: x.dtype };
    },
  },
  Tile: {
    infer: (inputs, attributes) => {
      const x = at(inputs, 0);
      const repeats = list(attributes, "repeats");
      return { shape: x.shape.map((n, i) => n * dim(repeats, i)), dtype: x.dtype };
    },
  },
  Gather: {
    infer: (inputs, attributes) => {
      const [x, indices] = [at(inputs, 0), at(inputs, 1)];
      const axis = number(attributes, "axis");
      return { shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], dtype: x.dtype };
    },
  },
  GatherND: {
    infer: (inputs) => {
      const [x, indices] = [at(inputs, 0), at(inputs, 1)];
      const depth = dim(indices.shape, indices.shape.length - 1);
      return { shape: [...indices.shape.slice(0, -1), ...x.shape.slice(depth)], dtype: x.dtype };
    },
  },
  /** inputs: data, indices, updates; attribute reduction: none or add. */
  ScatterND: unary,
  // matrix products and convolutions
  /** Batched product of the last two axes; attributes transposeA, transposeB swap those axes first, alpha scales the product. */
  MatMul: { infer: product },
  /** MatMul of two matrices with a row [n] or [1, n] added to every row of the product. */
  Gemm: {
    infer: (inputs, attributes) => {
      const result = product(inputs, attributes);
      if (result.shape.length !== 2 || !sameShape(broadcast(result.shape, at(inputs, 2).shape), result.shape))
        throw new Error(`[${at(inputs, 2).shape.join()}] cannot be added to a product [${result.shape.join()}]`);
      return result;
    },
  },
  /** x [N,C,H,W], filter [O,C/group,h,w]; attributes strides, pads [top,left,bottom,right], dilations, group. */
  Conv: {
    infer: (inputs, attributes) => {
      const [x, w] = [at(inputs, 0), at(inputs, 1)];
      if (dim(x.shape, 1) !== dim(w.shape, 1) * number(attributes, "group"))
        throw new Error(`[${x.shape.join()}] and filter [${w.shape.join()}] differ in channels`);
      return {
        shape: [dim(x.shape, 0), dim(w.shape, 0), ...windows(x.shape, w.shape.slice(2), attributes)],
        dtype: x.dtype,
      };
    },
  },
  /** Gradient of Conv with respect to x: inputs dy [N,O,h,w], filter; attribute inputShape. */
  ConvInputGrad: {
    infer: (inputs, attributes) => ({ shape: list(attributes, "inputShape"), dtype: at(inputs, 0).dtype }),
    logical: true,
  },
  /** Gradient of Conv with respect to the filter: inputs x, dy; attribute filterShape; `secondOrder` where x is a derivative's own. */
  ConvFilterGrad: {
    infer: (inputs, attributes) => ({ shape: list(attributes, "filterShape"), dtype: at(inputs, 0).dtype }),
    logical: true,
  },
  ConvTranspose: {
    infer: (inputs, attributes) => ({ shape: list(attributes, "outputShape"), dtype: at(inputs, 0).dtype }),
  },
  MaxPool: pool,
  AveragePool: pool,
  /** inputs x, scale, bias over the last axis; attribute epsilon. */
  LayerNormalization: unary,
} satisfies Record<string, OpRule>;

export type OpName = keyof typeof rules;
export const ops: Record<OpName, OpRule> = rules;

/** Operations on elements whose operands broadcast against each other. */
export const broadcasting: ReadonlySet<OpName> = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Pow",
  "Min",
  "Max",
  "And",
  "Or",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "LessOrEqual",
  "Equal",
  "Where",
] as const);
