import type { Node, Value, ValueType } from "../graph/graph.ts";
import { type OpName, ops } from "../graph/ops.ts";
import { at, dim, list, number } from "../graph/shape.ts";
import { dataTypes } from "./proto.ts";

/** A small constant that an ONNX operator takes as an input where the graph has an attribute. */
export interface Operand {
  dtype: ValueType | "int64";
  shape: readonly number[];
  data: readonly number[];
}

/** One ONNX node to write. Strings are names of inner results. */
export interface Emission {
  op: string;
  inputs: (Value | Operand | string)[];
  output: Value | string;
  attributes: Record<string, number | string | readonly number[] | { float: number }>;
  domain?: string;
}

const int64s = (data: readonly number[]): Operand => ({ dtype: "int64", shape: [data.length], data });
const scalarOf = (dtype: ValueType, value: number): Operand => ({ dtype, shape: [], data: [value] });
/** Factor of a matrix product. */
const alphaOf = ({ attributes }: Node): number => (attributes["alpha"] as number | undefined) ?? 1;
const flag = (value: unknown): number => (value ? 1 : 0);

/** Whose kernels run the model: ONNX Runtime's for processors or CUDA, which have operators of its own domain, or any others. */
export type Kernels = "cpu" | "cuda" | "plain";

/** Domain of ONNX Runtime's own operators. */
export const contrib = "com.microsoft";

type Rule = (node: Node, kernels: Kernels, temporary: () => string) => Emission[];

const one = (node: Node, changes: Partial<Emission> & { op?: string }): Emission[] => [
  { op: node.op, inputs: [...node.inputs], output: node.output, attributes: {}, ...changes },
];

const plain: Rule = (node) => one(node, {});
const reduce: Rule = (node) =>
  one(node, {
    inputs: [at(node.inputs, 0), int64s(list(node.attributes, "axes"))],
    attributes: { keepdims: flag(node.attributes["keepdims"]) },
  });
const overAxis: Rule = (node) => one(node, { attributes: { axis: number(node.attributes, "axis") } });

/** ONNX's argmax gives int64, the graph has int32. */
const argument: Rule = (node, _kernels, temporary): Emission[] => {
  const inner = temporary();
  return [
    {
      op: node.op,
      inputs: [...node.inputs],
      output: inner,
      attributes: { axis: number(node.attributes, "axis"), keepdims: 0 },
    },
    { op: "Cast", inputs: [inner], output: node.output, attributes: { to: dataTypes.int32 } },
  ];
};

const convolution = ({ attributes }: Node): Emission["attributes"] => ({
  strides: list(attributes, "strides"),
  pads: list(attributes, "pads"),
  dilations: list(attributes, "dilations"),
  group: number(attributes, "group"),
});

const pool: Rule = (node) =>
  one(node, {
    attributes: {
      kernel_shape: list(node.attributes, "kernel_shape"),
      strides: list(node.attributes, "strides"),
      pads: list(node.attributes, "pads"),
    },
  });

/**
 * From this many rows and result columns on, ONNX Runtime's processor kernels multiply by a turned copy of the first operand
 * sooner (in 0.6 to 0.9 of the time) than by its columns, which they gather anew for every block of the result.
 */
const turnedFrom = { rows: 256, columns: 128 };

/** Matrices become Gemm, which takes transposes; stacks of them FusedMatMul, where the device has it. */
const matMul: Rule = (node, kernels, temporary) => {
  const [a, b] = [at(node.inputs, 0), at(node.inputs, 1)];
  const [transA, transB] = [flag(node.attributes["transposeA"]), flag(node.attributes["transposeB"])];
  const alpha = { float: alphaOf(node) };
  // onnxruntime's Gemm and FusedMatMul take no whole numbers.
  const float = a.dtype === "float32" || a.dtype === "float16";
  const matrices = float && a.shape.length === 2 && b.shape.length === 2;
  if (!transA && !transB && alpha.float === 1) return one(node, {});
  const emissions: Emission[] = [];
  const inner = (op: string, inputs: Emission["inputs"], attributes: Emission["attributes"] = {}): string => {
    const output = temporary();
    emissions.push({ op, inputs, output, attributes });
    return output;
  };
  const turned = (x: Value, turn: number): Value | string => {
    const rank = x.shape.length;
    const perm = x.shape.map((_, i) => (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2));
    return turn ? inner("Transpose", [x], { perm }) : x;
  };
  const ended = (last: Pick<Emission, "op" | "inputs"> & Partial<Emission>): Emission[] => [
    ...emissions,
    { attributes: {}, output: node.output, ...last },
  ];
  if (matrices) {
    const large = dim(a.shape, 0) >= turnedFrom.rows && dim(node.output.shape, 1) >= turnedFrom.columns;
    if (!transA || kernels !== "cpu" || !large) return one(node, { op: "Gemm", attributes: { transA, transB, alpha } });
    return ended({ op: "Gemm", inputs: [turned(a, transA), b], attributes: { transB, alpha } });
  }
  if (float && kernels !== "plain")
    return one(node, { op: "FusedMatMul", domain: contrib, attributes: { transA, transB, alpha } });
  const operands = [turned(a, transA), turned(b, transB)];
  if (alpha.float === 1) return ended({ op: "MatMul", inputs: operands });
  const product = inner("MatMul", operands);
  return ended({ op: "Mul", inputs: [product, scalarOf(a.dtype, alpha.float)] });
};

/** A Slice along `axes` as one Gather an axis. */
function gathers(node: Node, axes: readonly number[], temporary: () => string): Emission[] {
  const emissions: Emission[] = [];
  let cut: Value | string = at(node.inputs, 0);
  for (const axis of axes) {
    const output: Value | string = axis === axes.at(-1) ? node.output : temporary();
    const [start, step] = [dim(list(node.attributes, "starts"), axis), dim(list(node.attributes, "steps"), axis)];
    const indices = Array.from({ length: dim(node.output.shape, axis) }, (_, i) => start + i * step);
    emissions.push({ op: "Gather", inputs: [cut, int64s(indices)], output, attributes: { axis } });
    cut = output;
  }
  return emissions;
}

const special: Partial<Record<OpName, Rule>> = {
  ArgMax: argument,
  ArgMin: argument,
  AveragePool: pool,
  Cast: (node) => one(node, { attributes: { to: dataTypes[node.attributes["to"] as ValueType] } }),
  Clip: (node) => {
    const x = at(node.inputs, 0);
    return one(node, {
      inputs: [x, scalarOf(x.dtype, number(node.attributes, "min")), scalarOf(x.dtype, number(node.attributes, "max"))],
    });
  },
  Concat: overAxis,
  Conv: (node) => one(node, { attributes: convolution(node) }),
  ConvTranspose: (node) =>
    one(node, { attributes: { ...convolution(node), output_padding: list(node.attributes, "outputPadding") } }),
  CumSum: (node) =>
    one(node, {
      inputs: [at(node.inputs, 0), { dtype: "int64", shape: [], data: [number(node.attributes, "axis")] }],
      attributes: { exclusive: flag(node.attributes["exclusive"]), reverse: flag(node.attributes["reverse"]) },
    }),
  Elu: (node) => one(node, { attributes: { alpha: { float: 1 } } }),
  Expand: (node) => one(node, { inputs: [at(node.inputs, 0), int64s(list(node.attributes, "shape"))] }),
  Gather: overAxis,
  Gelu: (node, kernels) => one(node, kernels === "plain" ? {} : { domain: contrib }),
  Gemm: (node) =>
    one(node, {
      attributes: {
        transA: flag(node.attributes["transposeA"]),
        transB: flag(node.attributes["transposeB"]),
        alpha: { float: alphaOf(node) },
      },
    }),
  GatherND: (node, _kernels, temporary) => {
    const indices = temporary();
    return [
      { op: "Cast", inputs: [at(node.inputs, 1)], output: indices, attributes: { to: dataTypes.int64 } },
      ...one(node, { inputs: [at(node.inputs, 0), indices] }),
    ];
  },
  LayerNormalization: (node) =>
    one(node, { attributes: { axis: -1, epsilon: { float: number(node.attributes, "epsilon") } } }),
  LeakyRelu: (node) => one(node, { attributes: { alpha: { float: number(node.attributes, "alpha") } } }),
  MatMul: matMul,
  MaxPool: pool,
  Mod: (node) => one(node, { attributes: { fmod: number(node.attributes, "fmod") } }),
  Pad: (node) => {
    const x = at(node.inputs, 0);
    const mode = node.attributes["mode"] as string;
    const value = mode === "constant" ? [scalarOf(x.dtype, number(node.attributes, "value"))] : [];
    return one(node, { inputs: [x, int64s(list(node.attributes, "pads")), ...value], attributes: { mode } });
  },
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceMin: reduce,
  ReduceProd: reduce,
  ReduceSum: reduce,
  Reshape: (node) =>
    one(node, { inputs: [at(node.inputs, 0), int64s(list(node.attributes, "shape"))], attributes: { allowzero: 1 } }),
  ScatterND: (node, _kernels, temporary) => {
    const indices = temporary();
    return [
      { op: "Cast", inputs: [at(node.inputs, 1)], output: indices, attributes: { to: dataTypes.int64 } },
      ...one(node, {
        inputs: [at(node.inputs, 0), indices, at(node.inputs, 2)],
        attributes: { reduction: node.attributes["reduction"] as string },
      }),
    ];
  },
  Slice: (node, _kernels, temporary) => {
    const x = at(node.inputs, 0);
    const [starts, ends, steps] = [
      list(node.attributes, "starts"),
      list(node.attributes, "ends"),
      list(node.attributes, "steps"),
    ];
    // Only the axes that are really cut: whole ones would cost a look each.
    const axes = x.shape.map((_, i) => i).filter((i) => starts[i] !== 0 || ends[i] !== x.shape[i] || steps[i] !== 1);
    if (axes.length === 0) return one(node, { op: "Identity" });
    // onnxruntime's WebGPU provider slices no whole numbers, but gathers them.
    if (x.dtype === "int32" || x.dtype === "uint32") return gathers(node, axes, temporary);
    const pick = (values: readonly number[]): Operand => int64s(axes.map((i) => values[i] ?? 0));
    return one(node, { inputs: [x, pick(starts), pick(ends), int64s(axes), pick(steps)] });
  },
  Softmax: overAxis,
  Tile: (node) => one(node, { inputs: [at(node.inputs, 0), int64s(list(node.attributes, "repeats"))] }),
  Transpose: (node) => one(node, { attributes: { perm: list(node.attributes, "perm") } }),
};

/** The ONNX nodes that compute one node of the graph. @throws on a logical operation that no pass lowered */
export function emit(node: Node, kernels: Kernels, temporary: () => string): Emission[] {
  if (ops[node.op].logical) throw new Error(`${node.op} was not lowered before ONNX was written`);
  return (special[node.op] ?? plain)(node, kernels, temporary);
}
