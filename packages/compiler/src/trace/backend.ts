import {
  type BackendValues,
  type DataId,
  KernelBackend,
  type TensorInfo,
  engine,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  util,
} from "@tensorflow/tfjs";
import type { ConstantData, Value } from "../graph/graph.ts";
import { UnsupportedKernelError, modelLine } from "./errors.ts";
import { kernelRules } from "./kernels/index.ts";
import { KernelInputs, type Recorder } from "./recorder.ts";

/** Name under which the tracing backend is registered with tfjs. */
const backendName = "epochmark-trace";

let recorder: Recorder | undefined;

/** Runs `body` with every tfjs kernel recorded into `target`; the backend chosen before is chosen again after. */
export function recording<T>(target: Recorder, body: () => T): T {
  if (recorder) throw new Error("a trace is already running");
  // Asking for the backend chooses tfjs's default where none was chosen: there is always one to go back to.
  void engine().backend;
  const previous = engine().backendName;
  recorder = target;
  engine().setBackend(backendName);
  try {
    return body();
  } finally {
    recorder = undefined;
    engine().setBackend(previous);
  }
}

/** Keeps constants that models write while they are traced; has no values to give for anything else. */
class TraceBackend extends KernelBackend {
  readonly #constants = new Map<DataId, BackendValues>();
  /** Owners of a tensor's data, where there is more than one. */
  readonly #owners = new WeakMap<DataId, number>();

  override write(values: BackendValues): DataId {
    const dataId = {};
    this.#constants.set(dataId, values);
    return dataId;
  }
  override move(dataId: DataId, values: BackendValues): void {
    this.#constants.set(dataId, values);
  }
  override readSync(dataId: DataId): BackendValues {
    const values = this.#constants.get(dataId);
    if (!values)
      throw new Error(`${modelLine()} reads a tensor's numbers while it is traced: a step may not depend on data`);
    return values;
  }
  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }
  /** True when the last owner went. */
  override disposeData(dataId: DataId): boolean {
    const left = this.refCount(dataId) - 1;
    this.#owners.set(dataId, left);
    if (left > 0) return false;
    this.#constants.delete(dataId);
    return true;
  }
  override incRef(dataId: DataId): void {
    this.#owners.set(dataId, this.refCount(dataId) + 1);
  }
  override refCount(dataId: DataId): number {
    return this.#owners.get(dataId) ?? 1;
  }
  override numDataIds(): number {
    return this.#constants.size;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
}

registerBackend(backendName, () => new TraceBackend(), 0);

for (const [kernelName, rule] of Object.entries(kernelRules))
  registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const target = current(kernelName);
      target.builder.kernel = kernelName;
      const values = Object.fromEntries(
        Object.entries(inputs).map(([name, tensor]) => [name, tensor && valueOf(target, tensor as TensorInfo)]),
      );
      const result = rule(target, new KernelInputs(values), attrs ?? {});
      return Array.isArray(result) ? result.map((value) => target.info(value)) : target.info(result);
    },
  });

// Whatever tfjs's own backend can do and this one cannot fails with its name, not with a missing-kernel riddle.
for (const { kernelName } of getKernelsForBackend("cpu") ?? [])
  if (!Object.hasOwn(kernelRules, kernelName))
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: () => {
        throw new UnsupportedKernelError(kernelName, engine().state.activeScope?.name ?? null);
      },
    });

function current(kernelName: string): Recorder {
  if (!recorder) throw new Error(`kernel ${kernelName} ran on the tracing backend outside a trace`);
  return recorder;
}

function valueOf(target: Recorder, tensor: TensorInfo): Value {
  return target.value(tensor, () => {
    const info = engine().state.tensorInfo.get(tensor.dataId);
    if (!info) throw new Error(`${modelLine()} uses a tensor that was disposed`);
    return numbers(info.backend.readSync(tensor.dataId) as BackendValues);
  });
}

/** The graph value of a tensor that a traced function returned. */
export function resultValue(target: Recorder, tensor: TensorInfo): Value {
  return valueOf(target, tensor);
}

function numbers(values: BackendValues): ConstantData {
  if (util.isTypedArray(values)) return values as ConstantData;
  return Float32Array.from(values as unknown as ArrayLike<number>);
}
