import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { OnnxModel } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import koffi from "koffi";
// Loads the library that is used here, and on Windows what that one needs from beside it.
import "onnxruntime-node";
import type { Data } from "./model.ts";

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
  createTensorWithDataAsOrtValue: [49, ["void *", "void *", "size_t", "void *", "size_t", "int", "void *"]],
  createCpuMemoryInfo: [69, ["int", "int", "void *"]],
  allocatorFree: [76, ["void *", "void *"]],
  getAllocatorWithDefaultOptions: [78, ["void *"]],
  sessionEndProfiling: [110, ["void *", "void *", "void *"]],
  runWithBinding: [133, ["void *", "void *", "void *"]],
  createIoBinding: [134, ["void *", "void *"]],
  bindInput: [136, ["void *", "str", "void *"]],
  bindOutput: [137, ["void *", "str", "void *"]],
  addExternalInitializersFromFilesInMemory: [279, ["void *", `${path} *`, "void **", "void *", "size_t"]],
} as const;

/** Those that give nothing back. */
const releases = {
  releaseStatus: 93,
  releaseSession: 95,
  releaseValue: 96,
  releaseSessionOptions: 100,
  releaseIoBinding: 135,
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
  defaultMemory: 0,
  /** `ONNXTensorElementDataType`. */
  elements: { float32: 1, int32: 6, bool: 9, uint32: 12 } satisfies Record<TensorSpec["dtype"], number>,
};

let loaded: Api | undefined;

function api(): Api {
  if (loaded) return loaded;
  const folder = join(
    dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
    "bin/napi-v6",
    process.platform,
    process.arch,
  );
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
  loaded = made;
  return made;
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

export interface NativeOptions {
  threads: number;
  /** Whether onnxruntime rewrites the graph. */
  optimize: boolean;
  /** What the file that a profile is written to begins with; none is written without. */
  profileFilePrefix?: string;
}

/** What a run reads and writes, bound once. */
export type Binding = Pointer;

/**
 * A model on the CPU through onnxruntime's C interface. The Node interface copies what it is given and what it gives
 * back: a training program's whole state at every step, a third of a large model's. Here runs work on the very arrays
 * that were bound.
 */
export class NativeSession {
  readonly #api = api();
  readonly #session: Pointer;
  readonly #values = new Map<Data, Pointer>();
  readonly #bindings: Binding[] = [];

  private constructor(session: Pointer) {
    this.#session = session;
  }

  /** Loads a model. @throws onnxruntime's own error */
  static async create(
    model: OnnxModel,
    { threads, optimize, profileFilePrefix }: NativeOptions,
  ): Promise<NativeSession> {
    const c = api();
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
      addWeights(c, options, model.externalData);
      return new NativeSession(
        given(c, (out) => c.createSessionFromArray(c.env, model.bytes, model.bytes.byteLength, options, out)),
      );
    } finally {
      c.releaseSessionOptions(options);
    }
  }

  /** Binds arrays to the model's inputs and outputs by their names there. An array may be bound any number of times. */
  bind(inputs: readonly Bound[], outputs: readonly Bound[]): Binding {
    const c = this.#api;
    const binding = given(c, (out) => c.createIoBinding(this.#session, out));
    this.#bindings.push(binding);
    for (const { name, spec, data } of inputs) check(c, c.bindInput(binding, name, this.#value(spec, data)));
    for (const { name, spec, data } of outputs) check(c, c.bindOutput(binding, name, this.#value(spec, data)));
    return binding;
  }

  /** One run, on another thread. @throws onnxruntime's own error */
  async run(binding: Binding): Promise<void> {
    const run = promisify<Pointer, null, Binding, Pointer | null>(this.#api.runWithBinding.async);
    check(this.#api, await run(this.#session, null, binding));
  }

  /** Ends the profile that began with the session. */
  endProfiling(): void {
    const c = this.#api;
    const file = given(c, (out) => c.sessionEndProfiling(this.#session, c.allocator, out));
    check(c, c.allocatorFree(c.allocator, file));
  }

  async release(): Promise<void> {
    for (const binding of this.#bindings) this.#api.releaseIoBinding(binding);
    for (const value of this.#values.values()) this.#api.releaseValue(value);
    this.#api.releaseSession(this.#session);
    this.#values.clear();
  }

  /** The array as a tensor of the library's; the map keeps the array alive as long as the session. */
  #value(spec: TensorSpec, data: Data): Pointer {
    const known = this.#values.get(data);
    if (known !== undefined) return known;
    const c = this.#api;
    const shape = BigInt64Array.from(spec.shape, BigInt);
    const value = given(c, (out) =>
      c.createTensorWithDataAsOrtValue(
        c.cpu,
        koffi.address(data),
        data.byteLength,
        shape,
        shape.length,
        codes.elements[spec.dtype],
        out,
      ),
    );
    this.#values.set(data, value);
    return value;
  }
}

/** An array under the name that the model knows it by. */
export interface Bound {
  name: string;
  spec: TensorSpec;
  data: Data;
}

/** Hands over the weights that a model keeps outside itself; the library copies them when it loads the model. */
function addWeights(c: Api, options: Pointer, weights: OnnxModel["externalData"]): void {
  if (weights.length === 0) return;
  check(
    c,
    c.addExternalInitializersFromFilesInMemory(
      options,
      weights.map((weight) => weight.path),
      weights.map(({ data }) => data),
      BigUint64Array.from(weights, ({ data }) => BigInt(data.byteLength)),
      weights.length,
    ),
  );
}
