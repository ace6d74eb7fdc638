import type { DType } from "@epochmark/schema";
import { type DataType, type Tensor, type TensorInfo, engine } from "@tensorflow/tfjs";
import { type ConstantData, GraphBuilder, type Value, type ValueType, newValue } from "../graph/graph.ts";
import type { OpName } from "../graph/ops.ts";
import { sameShape } from "../graph/shape.ts";
import type { Attributes } from "../graph/graph.ts";
import { UnsupportedTypeError } from "./errors.ts";

/** What a kernel of tfjs hands over besides tensors. */
// oxlint-disable-next-line typescript/no-explicit-any -- tfjs gives every kernel attributes of its own shape
export type KernelAttributes = Record<string, any>;

/** How one tfjs kernel is written in the graph. */
export type KernelRule = (g: Recorder, inputs: KernelInputs, attributes: KernelAttributes) => Value | Value[];

export type KernelRules = Record<string, KernelRule>;

/** The tensors of one kernel call by tfjs's own names, as graph values. */
export class KernelInputs {
  readonly #values: Record<string, Value | undefined>;
  constructor(values: Record<string, Value | undefined>) {
    this.#values = values;
  }
  /** @throws when tfjs did not hand this input over */
  get(name: string): Value {
    const value = this.#values[name];
    if (!value) throw new Error(`input "${name}" is missing`);
    return value;
  }
  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }
  all(): Value[] {
    return Object.values(this.#values).filter((value) => value !== undefined);
  }
}

/** Records the kernels of one step as graph nodes, and remembers which tfjs tensor is which value. */
export class Recorder {
  readonly builder = new GraphBuilder();
  readonly #values = new Map<object, Value>();

  op(op: OpName, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.builder.op(op, inputs, attributes);
  }

  scalar(value: number, dtype: ValueType = "float32"): Value {
    return this.builder.scalar(value, dtype);
  }

  constant(shape: readonly number[], dtype: ValueType, data: ConstantData): Value {
    return this.builder.constant(shape, dtype, data);
  }

  /** Small helpers that many kernels share. */
  reshape(x: Value, shape: readonly number[]): Value {
    return this.op("Reshape", [x], { shape });
  }
  transpose(x: Value, perm: readonly number[]): Value {
    return this.op("Transpose", [x], { perm });
  }
  cast(x: Value, to: ValueType): Value {
    return x.dtype === to ? x : this.op("Cast", [x], { to });
  }
  /** Elements from `starts` for `sizes` along every axis. */
  slice(x: Value, starts: readonly number[], sizes: readonly number[]): Value {
    return this.op("Slice", [x], {
      starts,
      ends: starts.map((start, i) => start + (sizes[i] ?? 0)),
      steps: starts.map(() => 1),
    });
  }

  /** A tfjs tensor that stands for `value` from now on. */
  bind(value: Value): Tensor {
    return engine().makeTensorFromTensorInfo(this.info(value));
  }

  info(value: Value): TensorInfo {
    const dataId = {};
    this.#values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: tfjsType(value.dtype) };
  }

  /** The value behind a tfjs tensor; a tensor made outside the step becomes a constant. */
  value(tensor: TensorInfo, data: () => ConstantData): Value {
    const known = this.#values.get(tensor.dataId);
    if (known) return sameShape(known.shape, tensor.shape) ? known : this.reshape(known, tensor.shape);
    const value = this.constant(tensor.shape, graphType(tensor.dtype), typed(data(), tensor.dtype));
    this.#values.set(tensor.dataId, value);
    return value;
  }

  /** A value for something that comes in from outside: an input or a state tensor. */
  incoming(shape: readonly number[], dtype: DType): Value {
    return newValue(shape, dtype);
  }
}

function typed(data: ConstantData, dtype: string): ConstantData {
  if (typeof data === "number") return data;
  if (dtype === "int32") return data instanceof Int32Array ? data : Int32Array.from(data);
  if (dtype === "bool") return data instanceof Uint8Array ? data : Uint8Array.from(data);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

/** tfjs has no uint32: seeds travel as int32 with the same bits. */
/** tfjs has no uint32: the same bits as int32. A trace holds no halves. */
const tfjsType = (dtype: ValueType): DataType =>
  dtype === "uint32" ? "int32" : dtype === "float16" ? "float32" : dtype;

/** The graph's name of a tfjs type. @throws UnsupportedTypeError */
export function graphType(dtype: string): "float32" | "int32" | "bool" {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new UnsupportedTypeError(dtype);
}
