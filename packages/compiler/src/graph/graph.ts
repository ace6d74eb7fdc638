import type { DType } from "@epochmark/schema";
import { type OpName, ops } from "./ops.ts";

type Attribute = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** What a value of a graph may be; `float16` only inside, never where a program is entered or left. */
export type ValueType = DType | "float16";

/** One tensor in a graph: who makes it is found through the node or list that holds it. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: ValueType;
}

/** One operation. Every operation has exactly one output, which keeps rewrites simple. */
export interface Node {
  readonly op: OpName;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly output: Value;
  /** The tfjs kernel that this node came from. */
  readonly kernel: string;
}

/** Numbers of a constant: row-major data, or one number that fills the whole shape and is never written out. */
export type ConstantData = number | Float32Array | Int32Array | Uint32Array | Uint8Array;

export interface Named {
  readonly name: string;
  readonly value: Value;
}

/** A traced step. `nodes` are in an order in which they can run. */
export interface Graph {
  readonly inputs: readonly Named[];
  /** Every state tensor that the step reads. */
  readonly state: readonly Named[];
  readonly constants: ReadonlyMap<Value, ConstantData>;
  readonly nodes: readonly Node[];
  readonly outputs: readonly Named[];
  /** State tensors that the step replaces, with their next value. */
  readonly updates: readonly Named[];
}

let nextId = 0;

export function newValue(shape: readonly number[], dtype: ValueType): Value {
  return { id: nextId++, shape, dtype };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Collects nodes and constants; equal constants become one value. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, ConstantData>();
  readonly #byContent = new Map<string, Value[]>();
  /** Kernel that the next nodes belong to. */
  kernel = "";

  /** Adds a node; its output's shape and type follow from the operation's rule. @throws when the inputs do not fit */
  op(op: OpName, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const output = newValueOf(op, inputs, attributes);
    this.nodes.push({ op, inputs, attributes, output, kernel: this.kernel });
    return output;
  }

  /** A constant; data that is the same number everywhere is kept as that number. */
  constant(shape: readonly number[], dtype: ValueType, data: ConstantData): Value {
    const kept = typeof data === "number" ? data : (uniformOf(data) ?? data);
    const key = `${dtype}|${shape.join()}|${typeof kept === "number" ? (Object.is(kept, -0) ? "-0" : kept) : hashOf(kept)}`;
    const candidates = this.#byContent.get(key) ?? [];
    const known = candidates.find((value) => sameData(this.constants.get(value), kept));
    if (known) return known;
    const value = newValue(shape, dtype);
    this.constants.set(value, kept);
    this.#byContent.set(key, [...candidates, value]);
    return value;
  }

  scalar(value: number, dtype: ValueType = "float32"): Value {
    return this.constant([], dtype, value);
  }
}

/** The output value that `op` gives on these inputs. @throws when they do not fit */
function newValueOf(op: OpName, inputs: readonly Value[], attributes: Attributes): Value {
  const { shape, dtype } = ops[op].infer(inputs, attributes);
  return newValue(shape, dtype);
}

function uniformOf(data: Exclude<ConstantData, number>): number | undefined {
  const first = data[0];
  if (first === undefined) return undefined;
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return undefined;
  return first;
}

function hashOf(data: Exclude<ConstantData, number>): number {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let hash = data.length;
  const stride = Math.max(1, bytes.length >>> 10);
  for (let i = 0; i < bytes.length; i += stride) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash;
}

function sameData(a: ConstantData | undefined, b: ConstantData): boolean {
  if (a === undefined) return false;
  if (typeof a === "number" || typeof b === "number") return Object.is(a, b);
  return (
    Buffer.compare(
      new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
      new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
    ) === 0
  );
}
