import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { OnnxModel } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import koffi from "koffi";
// Loads the library that is used here, and on Windows what that one needs from beside it.
import "onnxruntime-node";
import { arrayOf } from "../check-inputs.ts";
import { loadCudaLibraries } from "./cuda.ts";
import { CudaMemory } from "./cuda-memory.ts";
import { type Data, sizeOf } from "./model.ts";

// koffi gives calls on other threads 128 KiB of stack: kernels have buffers there, and with CUDA it ran over.
koffi.config({ ...koffi.config(), sync_stack_size: 8 << 20, async_stack_size: 8 << 20 });

/** An address in the library's memory. */
type Pointer = bigint;

/** `ORTCHAR_T *`: how the library is told of files. */
const path = process.platform === "win32" ? "str16" : "str";

/** A function of the library. Those that may fail give a status, null where all went well. */
type Native = ((...args: unknown[]) => Pointer | null) & {
  async: (...args: unknown[]) => void;
};

/**
 * What is used of `struct OrtApi` (onnxruntime_c_api.h): the place of each function there, counted from 0, and its
 * arguments. Functions are only ever added at the struct's end.
 */
const functions = {
  createEnv: [3, ["int", "str", "void *"]],
  createSessionFromArray: [8, ["void *", "void *", "size_t", "void *", "void *"]],
  createSessionOptions: [10, ["void *"]],
  enableProfiling: [14, ["void *", path]],
  disableMemPattern: [17, ["void *"]],
  setSessionLogSeverityLevel: [22, ["void *", "int"]],
  setSessionGraphOptimizationLevel: [23, ["void *", "int"]],
  setIntraOpNumThreads: [24, ["void *", "int"]],
  setInterOpNumThreads: [25, ["void *", "int"]],
  createRunOptions: [39, ["void *"]],
  createTensorAsOrtValue: [48, ["void *", "void *", "size_t", "int", "void *"]],
  createTensorWithDataAsOrtValue: [49, ["void *", "void *", "size_t", "void *", "size_t", "int", "void *"]],
  getTensorMutableData: [51, ["void *", "void *"]],
  createMemoryInfo: [68, ["str", "int", "int", "int", "void *"]],
  createCpuMemoryInfo: [69, ["int", "int", "void *"]],
  allocatorFree: [76, ["void *", "void *"]],
  getAllocatorWithDefaultOptions: [78, ["void *"]],
  sessionEndProfiling: [110, ["void *", "void *", "void *"]],
  addSessionConfigEntry: [130, ["void *", "str", "str"]],
  createAllocator: [131, ["void *", "void *", "void *"]],
  runWithBinding: [133, ["void *", "void *", "void *"]],
  createIoBinding: [134, ["void *", "void *"]],
  bindInput: [136, ["void *", "str", "void *"]],
  bindOutput: [137, ["void *", "str", "void *"]],
  createAndRegisterAllocator: [144, ["void *", "void *", "void *"]],
  createArenaCfgV2: [164, ["str *", "void *", "size_t", "void *"]],
  addRunConfigEntry: [165, ["void *", "str", "str"]],
  unregisterAllocator: [177, ["void *", "void *"]],
  addExternalInitializers: [210, ["void *", "str *", "void *", "size_t"]],
  appendCuda: [204, ["void *", "void *"]],
  createCudaOptions: [205, ["void *"]],
  updateCudaOptions: [206, ["void *", "str *", "str *", "size_t"]],
} as const;

/** Those that give nothing back. */
const releases = {
  releaseStatus: 93,
  releaseMemoryInfo: 94,
  releaseSession: 95,
  releaseValue: 96,
  releaseRunOptions: 97,
  releaseSessionOptions: 100,
  releaseAllocator: 132,
  releaseIoBinding: 135,
  releaseArenaCfg: 157,
  releaseCudaOptions: 208,
} as const;

type Api = Record<keyof typeof functions, Native> &
  Record<keyof typeof releases, (pointer: Pointer) => void> & {
    getErrorMessage: (status: Pointer) => string;
    env: Pointer;
    cpu: Pointer;
    allocator: Pointer;
  };

/** The first release whose struct holds all of `functions`: 1.18. */
const apiVersion = 18;
const codes = {
  graphOptimization: { none: 0, all: 99 },
  /** Severity: errors only. */
  errors: 3,
  deviceAllocator: 0,
  arenaAllocator: 1,
  defaultMemory: 0,
  /** `ONNXTensorElementDataType`. */
  elements: { float32: 1, int32: 6, bool: 9, uint32: 12 } satisfies Record<TensorSpec["dtype"], number>,
};

/** Where onnxruntime-node keeps the library, which has no CUDA. */
const packaged = join(
  dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
  "bin/napi-v6",
  process.platform,
  process.arch,
);
const loaded = new Map<string, Api>();

/** The library of a folder. */
function api(folder: string): Api {
  const known = loaded.get(folder);
  if (known) return known;
  const name = readdirSync(folder).find((file) => /^(lib)?onnxruntime\./.test(file));
  if (!name) throw new Error(`onnxruntime-node holds no library for ${process.platform} ${process.arch}`);
  const base = koffi.load(join(folder, name)).func("OrtGetApiBase", "void *", [])() as Pointer;
  const pointer = (at: Pointer, index: number): Pointer =>
    koffi.decode(at, index * koffi.sizeof("void *"), "void *") as Pointer;
  const bound = (at: Pointer, result: string, args: readonly string[]): Native =>
    koffi.decode(at, koffi.proto(result, [...args])) as Native;
  const table = bound(pointer(base, 0), "void *", ["uint32_t"])(apiVersion);
  if (table === null) throw new Error(`onnxruntime-node's library has no C API of version ${apiVersion}`);
  const made = {
    getErrorMessage: bound(pointer(table, 2), "str", ["void *"]),
    ...Object.fromEntries(
      Object.entries(functions).map(([key, [index, args]]) => [key, bound(pointer(table, index), "void *", args)]),
    ),
    ...Object.fromEntries(
      Object.entries(releases).map(([key, index]) => [key, bound(pointer(table, index), "void", ["void *"])]),
    ),
  } as unknown as Api;
  made.env = given(made, (out) => made.createEnv(codes.errors, "epochmark", out));
  made.cpu = given(made, (out) => made.createCpuMemoryInfo(codes.deviceAllocator, codes.defaultMemory, out));
  made.allocator = given(made, (out) => made.getAllocatorWithDefaultOptions(out));
  loaded.set(folder, made);
  return made;
}

/** The library with its CUDA provider, and all that the provider opens. */
function cudaApi(folder: string): Api {
  if (!loaded.has(folder)) loadCudaLibraries(folder);
  return api(folder);
}

/** @throws the library's own message where it gave a status */
function check(from: Api, status: Pointer | null): void {
  if (status === null) return;
  const message = from.getErrorMessage(status);
  from.releaseStatus(status);
  throw new Error(message);
}

/** The pointer that a call writes to its last argument. */
function given(from: Api, call: (out: BigUint64Array) => Pointer | null): Pointer {
  const out = new BigUint64Array(1);
  check(from, call(out));
  return out[0] as Pointer;
}

/** A card and how it is used. */
export interface CudaUse {
  /** CUDA's own number of it in this process. */
  card: number;
  /** Where onnxruntime with its CUDA provider lies. */
  folder: string;
  /** Whether each binding's launches are recorded once and then replayed. */
  graphs: boolean;
}

export interface NativeOptions {
  threads: number;
  /** Whether onnxruntime rewrites the graph. */
  optimize: boolean;
  /** What the file that a profile is written to begins with; none is written without. */
  profileFilePrefix?: string;
  /** The CPU without. */
  cuda?: CudaUse;
  /** What runs hold for tensors at once: the arena on the CPU is made for it. */
  heldBytes?: number;
}

/** Memory that runs read and write. */
export interface Slot {
  readonly value: Pointer;
  write(data: Data): void;
  /** A copy. */
  read(): Data;
}

/** A slot under the name that the model knows it by. */
export interface Bound {
  name: string;
  slot: Slot;
}

/** What a run reads and writes, bound once. */
export interface Binding {
  readonly pointer: Pointer;
  /** Null where launches are not recorded. */
  readonly runOptions: Pointer | null;
}

/** Says to the library which recording a run belongs to, and that it belongs to none. */
const graphKey = "gpu_graph_id";
const noGraph = "-1";

/**
 * A model through onnxruntime's C interface. The Node interface copies what it is given and what it gives back: a
 * training program's whole state at every step, a third of a large model's. Here runs work on memory that was bound once:
 * arrays of this process on the CPU, the card's own with CUDA.
 */
export class NativeSession {
  /** Whether launches are recorded: the first run with a binding then computes more than once. */
  readonly records: boolean;
  readonly #api: Api;
  readonly #session: Pointer;
  readonly #memory: CudaMemory | undefined;
  readonly #allocator: Pointer | undefined;
  readonly #unrecorded: Pointer | null;
  /** Kept: with an array's slot the array lives as long as the session. */
  readonly #slots: Slot[] = [];
  readonly #weights: Weights;
  readonly #bindings: Binding[] = [];

  private constructor(c: Api, session: Pointer, weights: Weights, cuda?: CudaUse) {
    this.#api = c;
    this.#session = session;
    this.#weights = weights;
    this.records = cuda?.graphs ?? false;
    this.#unrecorded = this.records ? this.#runOptions(noGraph) : null;
    if (!cuda) return;
    const { deviceAllocator, defaultMemory } = codes;
    const info = given(c, (out) => c.createMemoryInfo("Cuda", deviceAllocator, cuda.card, defaultMemory, out));
    this.#allocator = given(c, (out) => c.createAllocator(session, info, out));
    c.releaseMemoryInfo(info);
    this.#memory = new CudaMemory(cuda.card);
  }

  /** Loads a model. @throws onnxruntime's own error */
  static async create(
    model: OnnxModel,
    { threads, optimize, profileFilePrefix, cuda, heldBytes = 0 }: NativeOptions,
  ): Promise<NativeSession> {
    const c = cuda ? cudaApi(cuda.folder) : api(packaged);
    const options = given(c, (out) => c.createSessionOptions(out));
    try {
      check(c, c.setIntraOpNumThreads(options, threads));
      check(c, c.setInterOpNumThreads(options, 1));
      check(c, c.setSessionLogSeverityLevel(options, codes.errors));
      const { none, all } = codes.graphOptimization;
      check(c, c.setSessionGraphOptimizationLevel(options, optimize ? all : none));
      // The pattern is one block for the whole step beside the arena that the first step filled: memory twice, no time won.
      check(c, c.disableMemPattern(options));
      if (profileFilePrefix !== undefined) check(c, c.enableProfiling(options, profileFilePrefix));
      if (cuda) addCuda(c, options, cuda);
      const weights = addWeights(c, options, model.externalData);
      const load = (): Pointer =>
        given(c, (out) => c.createSessionFromArray(c.env, model.bytes, model.bytes.byteLength, options, out));
      try {
        if (cuda) return new NativeSession(c, load(), weights, cuda);
        const packed = model.externalData.reduce((sum, { data }) => sum + data.byteLength, 0);
        const settings = arenaSettings(heldBytes, packed, optimize);
        return new NativeSession(c, withOwnArena(c, options, settings, load), weights);
      } catch (error) {
        for (const { value } of weights) c.releaseValue(value);
        throw error;
      }
    } finally {
      c.releaseSessionOptions(options);
    }
  }

  /** Memory where the session computes. On the CPU it is the given array itself. Default: zeros. */
  slot(spec: TensorSpec, data: Data = new arrayOf[spec.dtype](sizeOf(spec.shape)) as Data): Slot {
    const c = this.#api;
    const type = codes.elements[spec.dtype];
    const memory = this.#memory;
    const shape = BigInt64Array.from(spec.shape, BigInt);
    const value = memory
      ? given(c, (out) => c.createTensorAsOrtValue(this.#allocator, shape, shape.length, type, out))
      : hostValue(c, data, spec.shape, type);
    const slot = memory ? this.#onCard(value, memory, spec, data) : hostSlot(value, data);
    this.#slots.push(slot);
    return slot;
  }

  #onCard(value: Pointer, memory: CudaMemory, { dtype }: TensorSpec, data: Data): Slot {
    const c = this.#api;
    const address = given(c, (out) => c.getTensorMutableData(value, out));
    const { length } = data;
    memory.fill(address, data);
    return {
      value,
      write: (values) => memory.fill(address, values),
      read: () => {
        const into = new arrayOf[dtype](length) as Data;
        memory.read(address, into);
        return into;
      },
    };
  }

  /** Binds slots to the model's inputs and outputs by their names there. A slot may be bound any number of times. */
  bind(inputs: readonly Bound[], outputs: readonly Bound[]): Binding {
    const c = this.#api;
    const pointer = given(c, (out) => c.createIoBinding(this.#session, out));
    const runOptions = this.records ? this.#runOptions(`${this.#bindings.length + 1}`) : null;
    const binding = { pointer, runOptions };
    this.#bindings.push(binding);
    for (const { name, slot } of inputs) check(c, c.bindInput(pointer, name, slot.value));
    for (const { name, slot } of outputs) check(c, c.bindOutput(pointer, name, slot.value));
    return binding;
  }

  /** One run, on the CPU on another thread. @throws onnxruntime's own error */
  async run({ pointer, runOptions }: Binding): Promise<void> {
    const c = this.#api;
    if (this.#memory) {
      this.#memory.settle();
      // Here: a recording belongs to the thread that made it.
      check(c, c.runWithBinding(this.#session, runOptions, pointer));
      return;
    }
    const run = promisify<Pointer, null, Pointer, Pointer | null>(c.runWithBinding.async);
    check(c, await run(this.#session, null, pointer));
  }

  /** One run of a session that records, which is not recorded. @throws onnxruntime's own error */
  async runUnrecorded({ pointer }: Binding): Promise<void> {
    await this.run({ pointer, runOptions: this.#unrecorded });
  }

  /** Ends the profile that began with the session. */
  endProfiling(): void {
    const c = this.#api;
    const file = given(c, (out) => c.sessionEndProfiling(this.#session, c.allocator, out));
    check(c, c.allocatorFree(c.allocator, file));
  }

  async release(): Promise<void> {
    const c = this.#api;
    for (const { pointer, runOptions } of this.#bindings) {
      c.releaseIoBinding(pointer);
      if (runOptions !== null) c.releaseRunOptions(runOptions);
    }
    if (this.#unrecorded !== null) c.releaseRunOptions(this.#unrecorded);
    for (const { value } of [...this.#slots.splice(0), ...this.#weights.splice(0)]) c.releaseValue(value);
    if (this.#allocator !== undefined) c.releaseAllocator(this.#allocator);
    this.#memory?.release();
    c.releaseSession(this.#session);
  }

  #runOptions(graph: string): Pointer {
    const c = this.#api;
    const options = given(c, (out) => c.createRunOptions(out));
    check(c, c.addRunConfigEntry(options, graphKey, graph));
    return options;
  }
}

const hostSlot = (value: Pointer, data: Data): Slot => ({
  value,
  write: (values) => data.set(values),
  read: () => data.slice(),
});

/** Most that the arena's first block has: multiples of 256 bytes that a signed 32-bit number holds. */
const largestBlock = 2 ** 31 - 256;

/**
 * Settings of a host arena whose first block takes all that runs need, where one can: what is freed joins again in one block,
 * while between blocks it lies idle, more or less of it from batch to batch. What is not touched takes no memory, but the
 * arena keeps 8 bytes of every 256. What is beyond the first block goes to others of twice the largest: with later blocks no
 * larger than it steps took up to half more, with blocks that double from small ones up to a quarter.
 *
 * @param heldBytes of tensors at once
 * @param packedBytes of weights that kernels may pack for themselves
 * @param blocked whether onnxruntime lays convolutions out in blocks, which takes tensors of its own
 */
export function arenaSettings(heldBytes: number, packedBytes: number, blocked: boolean): Record<string, number> {
  const ample = (blocked ? 2 : 1.5) * heldBytes + packedBytes;
  return {
    initial_chunk_size_bytes: Math.min(largestBlock, Math.ceil(ample / 2 ** 20 + 1) * 2 ** 20),
    max_power_of_two_extend_bytes: 2 * largestBlock,
  };
}

/** Loads a session with a host arena of its own. */
function withOwnArena(c: Api, options: Pointer, settings: Record<string, number>, load: () => Pointer): Pointer {
  const { arenaAllocator, defaultMemory } = codes;
  const info = given(c, (out) => c.createCpuMemoryInfo(arenaAllocator, defaultMemory, out));
  const names = Object.keys(settings);
  const values = BigUint64Array.from(Object.values(settings), BigInt);
  const config = given(c, (out) => c.createArenaCfgV2(names, values, names.length, out));
  try {
    check(c, c.createAndRegisterAllocator(c.env, info, config));
    try {
      check(c, c.addSessionConfigEntry(options, "session.use_env_allocators", "1"));
      return load();
    } finally {
      // The session keeps it, and no later one gets it.
      check(c, c.unregisterAllocator(c.env, info));
    }
  } finally {
    c.releaseArenaCfg(config);
    c.releaseMemoryInfo(info);
  }
}

function addCuda(c: Api, options: Pointer, { card, graphs }: CudaUse): void {
  const settings = {
    device_id: `${card}`,
    enable_cuda_graph: graphs ? "1" : "0",
    // A process that was not started for TF32 computes in single precision.
    use_tf32: process.env["NVIDIA_TF32_OVERRIDE"] === "1" ? "1" : "0",
    // Else the arena doubles itself: up to twice the memory that steps need.
    arena_extend_strategy: "kSameAsRequested",
  };
  const cuda = given(c, (out) => c.createCudaOptions(out));
  try {
    const [names, values] = [Object.keys(settings), Object.values(settings)];
    check(c, c.updateCudaOptions(cuda, names, values, names.length));
    check(c, c.appendCuda(options, cuda));
  } finally {
    c.releaseCudaOptions(cuda);
  }
}

/** Weights that a model keeps outside itself, with the arrays that they lie in: those must live as long as the session. */
type Weights = { value: Pointer; data: Uint8Array }[];

/** Hands over weights where they lie: read from files in memory instead, they are copied once more. */
function addWeights(c: Api, options: Pointer, kept: OnnxModel["externalData"]): Weights {
  if (kept.length === 0) return [];
  const weights = kept.map(({ data, dims, dataType }) => ({ value: hostValue(c, data, dims, dataType), data }));
  const names = kept.map(({ path: name }) => name);
  const values = BigUint64Array.from(weights, ({ value }) => value);
  check(c, c.addExternalInitializers(options, names, values, names.length));
  return weights;
}

/** A tensor whose elements lie in an array of this process. */
const hostValue = (c: Api, data: Data | Uint8Array, dims: readonly number[], type: number): Pointer => {
  const shape = BigInt64Array.from(dims, BigInt);
  return given(c, (out) =>
    c.createTensorWithDataAsOrtValue(c.cpu, koffi.address(data), data.byteLength, shape, shape.length, type, out),
  );
};
