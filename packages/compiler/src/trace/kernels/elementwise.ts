import type { OpName } from "../../graph/ops.ts";
import type { Value } from "../../graph/graph.ts";
import { type KernelRule, type KernelRules, type Recorder, graphType } from "../recorder.ts";

const unary =
  (op: OpName): KernelRule =>
  (g, inputs) =>
    g.op(op, [inputs.get("x")]);

/** A function of real numbers: whole numbers and truth values become float32 first, as in tfjs. */
const real =
  (op: OpName): KernelRule =>
  (g, inputs) =>
    g.op(op, [g.cast(inputs.get("x"), "float32")]);

const binary =
  (op: OpName): KernelRule =>
  (g, inputs) =>
    g.op(op, [inputs.get("a"), inputs.get("b")]);

/** A number of the same type as `x`. */
const like = (g: Recorder, x: Value, value: number): Value => g.scalar(value, x.dtype);

const isNaN = (g: Recorder, x: Value): Value => g.op("IsNaN", [x]);

/** Remainder with the sign of the divisor, as Python's and tfjs's. */
function floorMod(g: Recorder, a: Value, b: Value): Value {
  if (a.dtype !== "float32") return g.op("Mod", [a, b], { fmod: 0 });
  const remainder = g.op("Mod", [a, b], { fmod: 1 });
  return g.op("Mod", [g.op("Add", [remainder, b]), b], { fmod: 1 });
}

/** Quotient rounded down; ONNX's integer division rounds towards zero. */
function floorDiv(g: Recorder, a: Value, b: Value): Value {
  if (a.dtype === "float32") return g.op("Floor", [g.op("Div", [a, b])]);
  return g.op("Div", [g.op("Sub", [a, g.op("Mod", [a, b], { fmod: 0 })]), b]);
}

const square: KernelRule = (g, inputs) => g.op("Mul", [inputs.get("x"), inputs.get("x")]);

/** Kernels that work element by element, broadcasting where they take two tensors. */
export const elementwise: KernelRules = {
  Abs: unary("Abs"),
  Acos: real("Acos"),
  Acosh: real("Acosh"),
  Add: binary("Add"),
  AddN: (g, inputs) => inputs.all().reduce((sum, x) => g.op("Add", [sum, x])),
  Asin: real("Asin"),
  Asinh: real("Asinh"),
  Atan: real("Atan"),
  Atanh: real("Atanh"),
  Cast: (g, inputs, { dtype }) => {
    const x = inputs.get("x");
    const to = graphType(dtype);
    return to === "bool" && x.dtype !== "bool" ? g.op("Not", [g.op("Equal", [x, like(g, x, 0)])]) : g.cast(x, to);
  },
  Ceil: real("Ceil"),
  ClipByValue: (g, inputs, { clipValueMin, clipValueMax }) =>
    g.op("Clip", [inputs.get("x")], { min: clipValueMin, max: clipValueMax }),
  Cos: real("Cos"),
  Cosh: real("Cosh"),
  Elu: real("Elu"),
  EluGrad: (g, inputs) => {
    const [dy, y] = [inputs.get("dy"), inputs.get("y")];
    const positive = g.op("GreaterOrEqual", [y, like(g, y, 0)]);
    return g.op("Where", [positive, dy, g.op("Mul", [dy, g.op("Add", [y, like(g, y, 1)])])]);
  },
  Equal: binary("Equal"),
  Erf: real("Erf"),
  Exp: real("Exp"),
  Expm1: (g, inputs) => g.op("Sub", [g.op("Exp", [g.cast(inputs.get("x"), "float32")]), g.scalar(1)]),
  Floor: real("Floor"),
  FloorDiv: (g, inputs) => floorDiv(g, inputs.get("a"), inputs.get("b")),
  Greater: binary("Greater"),
  GreaterEqual: binary("GreaterOrEqual"),
  Identity: (_, inputs) => inputs.get("x"),
  IsFinite: (g, inputs) => {
    const x = inputs.get("x");
    return g.op("Not", [g.op("Or", [isNaN(g, x), g.op("IsInf", [x])])]);
  },
  IsInf: unary("IsInf"),
  IsNan: unary("IsNaN"),
  LeakyRelu: (g, inputs, { alpha }) => g.op("LeakyRelu", [g.cast(inputs.get("x"), "float32")], { alpha }),
  Less: binary("Less"),
  LessEqual: binary("LessOrEqual"),
  Log: real("Log"),
  Log1p: (g, inputs) => g.op("Log", [g.op("Add", [g.cast(inputs.get("x"), "float32"), g.scalar(1)])]),
  LogicalAnd: binary("And"),
  LogicalNot: unary("Not"),
  LogicalOr: binary("Or"),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Mod: (g, inputs) => floorMod(g, inputs.get("a"), inputs.get("b")),
  Multiply: binary("Mul"),
  Neg: unary("Neg"),
  NotEqual: (g, inputs) => g.op("Not", [g.op("Equal", [inputs.get("a"), inputs.get("b")])]),
  Pow: binary("Pow"),
  Prelu: (g, inputs) => g.op("PRelu", [g.cast(inputs.get("x"), "float32"), g.cast(inputs.get("alpha"), "float32")]),
  RealDiv: binary("Div"),
  Reciprocal: real("Reciprocal"),
  Relu: unary("Relu"),
  Relu6: (g, inputs) => g.op("Clip", [inputs.get("x")], { min: 0, max: 6 }),
  Round: (g, inputs) => {
    const x = inputs.get("x");
    return x.dtype === "float32" ? g.op("Round", [x]) : x;
  },
  Rsqrt: (g, inputs) => g.op("Reciprocal", [g.op("Sqrt", [g.cast(inputs.get("x"), "float32")])]),
  Select: (g, inputs) => {
    const [condition, t, e] = [inputs.get("condition"), inputs.get("t"), inputs.get("e")];
    // A one-dimensional condition picks whole rows.
    const rows =
      condition.shape.length === 1 && t.shape.length > 1
        ? g.reshape(
            condition,
            t.shape.map((n, i) => (i === 0 ? n : 1)),
          )
        : condition;
    return g.op("Where", [rows, t, e]);
  },
  Selu: real("Selu"),
  Sigmoid: real("Sigmoid"),
  // Not ONNX's Sign, which gives NaN for NaN where tfjs gives 0.
  Sign: (g, inputs) => {
    const x = inputs.get("x");
    const above = g.cast(g.op("Greater", [x, like(g, x, 0)]), x.dtype);
    return g.op("Sub", [above, g.cast(g.op("Less", [x, like(g, x, 0)]), x.dtype)]);
  },
  Sin: real("Sin"),
  Sinh: real("Sinh"),
  Softplus: real("Softplus"),
  Sqrt: real("Sqrt"),
  Square: square,
  SquaredDifference: (g, inputs) => {
    const difference = g.op("Sub", [inputs.get("a"), inputs.get("b")]);
    return g.op("Mul", [difference, difference]);
  },
  Step: (g, inputs, { alpha }) => {
    const x = inputs.get("x");
    const stepped = g.op("Where", [g.op("Greater", [x, like(g, x, 0)]), like(g, x, 1), like(g, x, alpha ?? 0)]);
    return x.dtype === "float32" ? stepped : g.cast(stepped, x.dtype);
  },
  Sub: binary("Sub"),
  Tan: real("Tan"),
  Tanh: real("Tanh"),
};
