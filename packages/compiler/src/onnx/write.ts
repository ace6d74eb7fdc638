import type { TensorSpec } from "@epochmark/schema";
import {
  type ConstantData,
  type Graph,
  type Named,
  type Node,
  type Value,
  type ValueType,
  sizeOf,
} from "../graph/graph.ts";
import { contrib, type Emission, emit, type Kernels, type Operand } from "./emit.ts";
import { ModelProto, attributeTypes, dataTypes } from "./proto.ts";

/** ONNX's operator set and IR version that the writer speaks; 21 is what every onnxruntime since 1.18 reads. */
const opset = 21;
const irVersion = 10;

export interface OnnxModel {
  /** The encoded ModelProto; weights above 1 kB are outside, in `externalData`. */
  bytes: Uint8Array;
  externalData: { path: string; data: Uint8Array; dims: readonly number[]; dataType: number }[];
  /** Graph names of inputs, state, outputs and updates, since ONNX has one name space for all. */
  names: {
    inputs: Record<string, string>;
    state: Record<string, string>;
    outputs: Record<string, string>;
    updates: Record<string, string>;
  };
  nodeCount: number;
}

export interface OnnxOptions {
  /** State that becomes a constant of the model, by name. */
  frozen: Record<string, ConstantData>;
  /** What the model is to run on. */
  kernels: Kernels;
}

/** A value that enters or leaves a step, under its name in the graph (`own`) and in the model. */
interface Described {
  own: string;
  name: string;
  type: object;
}

/**
 * Writes a lowered graph as an ONNX model. State in `frozen` becomes initializers, other state becomes inputs; state and
 * updates are in the same order.
 */
export function writeOnnx(graph: Graph, name: string, options: OnnxOptions): OnnxModel {
  const writer = new Writer();
  const updated = new Map(graph.updates.map((update) => [update.name, update.value]));
  const live = graph.state.filter((state) => options.frozen[state.name] === undefined);
  // A value that a node makes takes its first result name itself: writing it under another one would copy it.
  const made = new Set(graph.nodes.map(({ output }) => output));
  const results = [
    ...graph.outputs.map(({ name: own, value }) => ({ value, result: `out/${own}` })),
    ...graph.updates.map(({ name: own, value }) => ({ value, result: `next/${own}` })),
  ];
  const read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...results.map(({ value }) => value)]);
  const copies = results.filter(({ value, result }) => !made.has(value) || !writer.claim(value, result));
  for (const { name: state, value } of graph.state) {
    const data = options.frozen[state];
    // onnxruntime drops what nobody reads, and then knows no such name.
    if (data !== undefined && read.has(value)) writer.constant(value, data, writer.name(value));
  }
  for (const [value, data] of graph.constants) writer.graphConstant(value, data);
  for (const node of graph.nodes) writer.node(node, options.kernels);
  for (const { value, result } of copies) writer.raw("Identity", [writer.name(value)], result, {});
  const describe = (named: readonly Named[], as: (value: Value, own: string) => string): Described[] =>
    named.map(({ name: own, value }) => ({ own, name: as(value, own), type: typeOf(value) }));
  const inputs = describe(graph.inputs, (value) => writer.name(value));
  const state = describe(live, (value) => writer.name(value));
  const outputs = describe(graph.outputs, (_, own) => `out/${own}`);
  const updates = describe(
    live.flatMap(({ name: own }) => (updated.has(own) ? [{ name: own, value: updated.get(own) as Value }] : [])),
    (_, own) => `next/${own}`,
  );
  const bytes = encode(options, {
    name,
    node: writer.nodes,
    initializer: writer.initializers,
    input: [...inputs, ...state],
    output: [...outputs, ...updates],
  });
  const namesOf = (specs: readonly Described[]): Record<string, string> =>
    Object.fromEntries(specs.map(({ own, name: inModel }) => [own, inModel]));
  const names = {
    inputs: namesOf(inputs),
    state: namesOf(state),
    outputs: namesOf(outputs),
    updates: namesOf(updates),
  };
  return { bytes, externalData: writer.externalData, names, nodeCount: writer.nodes.length };
}

function encode({ kernels }: Pick<OnnxOptions, "kernels">, graph: object): Uint8Array {
  const model = {
    irVersion,
    producerName: "epochmark",
    opsetImport: [{ domain: "", version: opset }, ...(kernels === "plain" ? [] : [{ domain: contrib, version: 1 }])],
    graph,
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

/** A model that hands its input `x` on as its output `y`: how a tensor moves from one place to another. */
export function writeIdentity({ dtype, shape }: Pick<TensorSpec, "dtype" | "shape">): Uint8Array {
  const type = typeOf({ dtype, shape });
  return encode(
    { kernels: "plain" },
    {
      name: "identity",
      node: [{ opType: "Identity", name: "y", input: ["x"], output: ["y"] }],
      input: [{ name: "x", type }],
      output: [{ name: "y", type }],
    },
  );
}

/** Collects NodeProtos and initializers under unique names. */
class Writer {
  readonly nodes: object[] = [];
  readonly initializers: object[] = [];
  readonly externalData: OnnxModel["externalData"] = [];
  readonly #names = new Map<Value, string>();
  readonly #operands = new Map<string, string>();
  #count = 0;

  name(value: Value): string {
    let name = this.#names.get(value);
    if (!name) this.#names.set(value, (name = `v${this.#count++}`));
    return name;
  }

  /** Gives a value its name; false when it has one already. */
  claim(value: Value, name: string): boolean {
    if (this.#names.has(value)) return false;
    this.#names.set(value, name);
    return true;
  }

  /** A constant of the graph. One number for a whole shape is stored once and expanded when it runs. */
  graphConstant(value: Value, data: ConstantData): void {
    if (typeof data !== "number" || value.shape.length === 0) return this.constant(value, data, this.name(value));
    const scalar = this.operand({ dtype: value.dtype, shape: [], data: [data] });
    this.raw(
      "Expand",
      [scalar, this.operand({ dtype: "int64", shape: [value.shape.length], data: value.shape })],
      this.name(value),
      {},
    );
  }

  constant(value: Value, data: ConstantData, name: string): void {
    const given = typeof data === "number" ? filled(value, data) : data;
    const numbers = value.dtype === "float16" ? new Float16Array(given) : given;
    this.#initializer(
      name,
      dataTypes[value.dtype],
      value.shape,
      new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    );
  }

  node(node: Node, kernels: Kernels): void {
    for (const { op, inputs, output, attributes, domain } of emit(node, kernels, () => `t${this.#count++}`))
      this.raw(
        op,
        inputs.map((input) =>
          typeof input === "string" ? input : "id" in input ? this.name(input) : this.operand(input),
        ),
        typeof output === "string" ? output : this.name(output),
        attributes,
        domain,
      );
  }

  raw(op: string, inputs: string[], output: string, attributes: Emission["attributes"], domain = ""): void {
    this.nodes.push({
      opType: op,
      name: output,
      input: inputs,
      output: [output],
      domain,
      attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
    });
  }

  /** A small constant operand (axes, starts, a scalar); equal ones share one initializer. */
  operand(operand: Operand): string {
    const key = `${operand.dtype}|${operand.shape.join()}|${operand.data.map((n) => (Object.is(n, -0) ? "-0" : n)).join()}`;
    let name = this.#operands.get(key);
    if (!name) {
      this.#operands.set(key, (name = `c${this.#count++}`));
      const array = encoders[operand.dtype](operand.data);
      this.#initializer(name, dataTypes[operand.dtype], operand.shape, new Uint8Array(array.buffer));
    }
    return name;
  }

  #initializer(name: string, dataType: number, dims: readonly number[], bytes: Uint8Array): void {
    if (bytes.length <= 1024) {
      this.initializers.push({ name, dataType, dims, rawData: bytes });
      return;
    }
    this.externalData.push({ path: name, data: bytes, dims, dataType });
    this.initializers.push({
      name,
      dataType,
      dims,
      dataLocation: 1,
      externalData: [
        { key: "location", value: name },
        { key: "offset", value: "0" },
        { key: "length", value: String(bytes.length) },
      ],
    });
  }
}

const encoders: Record<Operand["dtype"], (data: readonly number[]) => { buffer: ArrayBufferLike }> = {
  float32: (data) => Float32Array.from(data),
  float16: (data) => Float16Array.from(data),
  int32: (data) => Int32Array.from(data),
  uint32: (data) => Uint32Array.from(data),
  int64: (data) => BigInt64Array.from(data, BigInt),
  bool: (data) => Uint8Array.from(data),
};

function filled(value: Value, data: number): Exclude<ConstantData, number> {
  const size = sizeOf(value.shape);
  const make: Record<ValueType, () => Exclude<ConstantData, number>> = {
    float32: () => new Float32Array(size).fill(data),
    // Written as halves later.
    float16: () => new Float32Array(size).fill(data),
    int32: () => new Int32Array(size).fill(data),
    uint32: () => new Uint32Array(size).fill(data),
    bool: () => new Uint8Array(size).fill(data),
  };
  return make[value.dtype]();
}

const typeOf = ({ dtype, shape }: Pick<Value, "dtype" | "shape">): object => ({
  tensorType: { elemType: dataTypes[dtype], shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
});

function attributeProto(name: string, value: Emission["attributes"][string]): object {
  if (typeof value === "string") return { name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if (typeof value === "number") return { name, type: attributeTypes.int, i: value };
  if ("float" in value) return { name, type: attributeTypes.float, f: value.float };
  return { name, type: attributeTypes.ints, ints: value };
}
