import {
  type BackendValues,
  type DataId,
  type DataType,
  KernelBackend,
  type TensorInfo,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
} from "@tensorflow/tfjs";
import type { ConstantData, Graph, Named, Node, Value } from "../../src/graph/graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { optimize } from "../../src/passes/index.ts";
import { kernelRules } from "../../src/trace/kernels/index.ts";
import { UnsupportedTypeError } from "../../src/trace/errors.ts";
import { KernelInputs, Recorder, graphType } from "../../src/trace/recorder.ts";
import { type Feed, type Numbers, runOnnx } from "./run-onnx.ts";

/** What happened since the last `observed()`: the kernels that ran, what was refused, how many models were run. */
interface Observed {
  kernels: Set<string>;
  refusedKernels: Set<string>;
  refusedTypes: Set<string>;
  models: number;
}

const nothing = (): Observed => ({ kernels: new Set(), refusedKernels: new Set(), refusedTypes: new Set(), models: 0 });
let observation = nothing();

/** Hands over what was observed and starts anew. */
export function observed(): Observed {
  const before = observation;
  observation = nothing();
  return before;
}

interface Held {
  shape: readonly number[];
  dtype: DataType;
  references: number;
  /** Written from outside, or read before. */
  numbers?: BackendValues;
  /** The graph's value; a written tensor gets one when a kernel first takes it. */
  value?: Value;
}

/** How tensors that a test writes enter the graph: as inputs of the model or as its constants, which passes may fold. */
export type Written = "inputs" | "constants";

/** A tfjs backend that only records, through the compiler's own rules, and compiles and runs what a value needs when it is read. */
class CompiledBackend extends KernelBackend {
  readonly #recorder = new Recorder();
  readonly #held = new Map<DataId, Held>();
  readonly #makers = new Map<Value, Node>();
  readonly #fed = new Map<Value, Feed>();
  readonly #written: Written;

  constructor(written: Written) {
    super();
    this.#written = written;
  }

  /** Records one kernel. @throws when it has no rule, or the rule's own error */
  kernel(name: string, inputs: object, attributes: object): TensorInfo | TensorInfo[] {
    observation.kernels.add(name);
    try {
      return this.#record(name, inputs, attributes);
    } catch (error) {
      if (error instanceof UnsupportedTypeError) observation.refusedTypes.add(error.dtype);
      throw error;
    }
  }

  #record(name: string, inputs: object, attributes: object): TensorInfo | TensorInfo[] {
    const rule = Object.hasOwn(kernelRules, name) ? kernelRules[name] : undefined;
    if (!rule) {
      observation.refusedKernels.add(name);
      throw new Error(`the kernel ${name} has no rule`);
    }
    const { builder } = this.#recorder;
    builder.kernel = name;
    const given = new Map<Value, DataId>();
    const values = Object.entries(inputs).map(([key, tensor]) => {
      const value = tensor && this.#value(tensor as TensorInfo);
      if (value) given.set(value, (tensor as TensorInfo).dataId);
      return [key, value];
    });
    const result = rule(this.#recorder, new KernelInputs(Object.fromEntries(values)), attributes);
    for (const node of builder.nodes.splice(0)) this.#makers.set(node.output, node);
    return Array.isArray(result) ? result.map((value) => this.#info(value, given)) : this.#info(result, given);
  }

  #info(value: Value, given: ReadonlyMap<Value, DataId>): TensorInfo {
    const info = this.#recorder.info(value);
    const same = given.get(value);
    if (same) {
      // tfjs counts who holds a piece of data: what a kernel hands through is held once more.
      this.incRef(same);
      return { ...info, dataId: same };
    }
    this.#held.set(info.dataId, { shape: value.shape, dtype: info.dtype, references: 1, value });
    return info;
  }

  #value({ dataId }: TensorInfo): Value {
    const held = this.#find(dataId);
    if (held.value) return held.value;
    const { dtype, shape, numbers } = held;
    const feed: Feed = { dtype: graphType(dtype), shape, data: typed(numbers as Numbers, dtype) };
    if (this.#written === "constants")
      held.value = this.#recorder.constant(shape, feed.dtype, feed.data as ConstantData);
    else {
      held.value = this.#recorder.incoming(shape, feed.dtype);
      this.#fed.set(held.value, feed);
    }
    return held.value;
  }

  #find(dataId: DataId): Held {
    const held = this.#held.get(dataId);
    if (!held) throw new Error("the compiled backend does not hold this tensor");
    return held;
  }

  /** What `value` needs, as `compile` lowers it and onnxruntime runs it. */
  #run(value: Value): Numbers {
    observation.models++;
    const graph = optimize(this.#graphOf(value));
    const { bytes, externalData, names } = writeOnnx(graph, "test", { frozen: {}, kernels: "cpu" });
    const feeds = graph.inputs.map(({ name, value: input }) => [names.inputs[name], this.#fed.get(input)] as const);
    const result = runOnnx({ bytes, externalData, feeds: Object.fromEntries(feeds) });
    if (result.shape.join() !== value.shape.join())
      throw new Error(`the graph says [${value.shape.join()}], onnxruntime gives [${result.shape.join()}]`);
    return result.numbers;
  }

  #graphOf(value: Value): Graph {
    const seen = new Set<Value>();
    const nodes: Node[] = [];
    // Depth first without recursion: optimizers make chains of thousands of nodes.
    const stack: { value: Value; ready: boolean }[] = [{ value, ready: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const maker = this.#makers.get(top.value);
      if (top.ready && maker) nodes.push(maker);
      if (seen.has(top.value)) continue;
      seen.add(top.value);
      if (!maker) continue;
      stack.push({ value: top.value, ready: true }, ...maker.inputs.map((input) => ({ value: input, ready: false })));
    }
    const { constants } = this.#recorder.builder;
    const inputs: Named[] = [...seen].filter((v) => this.#fed.has(v)).map((v) => ({ name: `x${v.id}`, value: v }));
    return {
      inputs,
      state: [],
      constants: new Map([...constants].filter(([constant]) => seen.has(constant))),
      nodes,
      outputs: [{ name: "y", value }],
      updates: [],
    };
  }

  override readSync(dataId: DataId): BackendValues {
    const held = this.#find(dataId);
    held.numbers ??= this.#run(held.value as Value);
    return held.numbers;
  }
  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }
  override write(numbers: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, numbers, shape, dtype, 1);
    return dataId;
  }
  override move(dataId: DataId, numbers: BackendValues, shape: number[], dtype: DataType, references: number): void {
    this.#held.set(dataId, { shape, dtype, references, numbers });
  }
  override refCount(dataId: DataId): number {
    return this.#held.get(dataId)?.references ?? 0;
  }
  override incRef(dataId: DataId): void {
    this.#find(dataId).references++;
  }
  override disposeData(dataId: DataId, force = false): boolean {
    const held = this.#held.get(dataId);
    if (held && --held.references > 0 && !force) return false;
    this.#held.delete(dataId);
    return true;
  }
  override numDataIds(): number {
    return this.#held.size;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }
  override async time(body: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now();
    body();
    return { kernelMs: performance.now() - start };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override dispose(): void {
    this.#held.clear();
  }
}

function typed(numbers: Numbers, dtype: DataType): Numbers {
  if (dtype === "int32") return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  if (dtype === "bool") return numbers instanceof Uint8Array ? numbers : Uint8Array.from(numbers);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}

/** Registers the backend with every kernel that tfjs's own cpu backend has: those without a rule refuse. */
export function registerCompiledBackend(name: string, written: Written): void {
  const kernelNames = [
    ...Object.keys(kernelRules),
    ...(getKernelsForBackend("cpu") ?? []).map(({ kernelName }) => kernelName),
  ];
  registerBackend(name, () => new CompiledBackend(written));
  for (const kernelName of new Set(kernelNames))
    registerKernel({
      kernelName,
      backendName: name,
      kernelFunc: ({ inputs, backend, attrs }) => (backend as CompiledBackend).kernel(kernelName, inputs, attrs ?? {}),
    });
}
