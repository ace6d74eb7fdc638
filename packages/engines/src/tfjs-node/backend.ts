import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";
import { type KernelBackend, registerBackend, setBackend } from "@tensorflow/tfjs";
import { UnsupportedError } from "../engine.ts";
import type { Installation } from "./installation.ts";
import { visibleCard } from "../onnxruntime/cuda.ts";
import { takeEveryPadding } from "./paddings.ts";

export const backendName = "tensorflow";

interface Place {
  /** `cpu` or `cuda:n`. */
  device: string;
  threads: number;
}

/** What libtensorflow says of itself. */
interface Loaded {
  /** `2.21.0`. */
  version: string;
  usesGpu: boolean;
}

let loading: { place: Place; loaded: Promise<Loaded> } | undefined;

/**
 * Registers libtensorflow as a backend of this process's tfjs and chooses it. A process has one libtensorflow on one
 * device with one number of threads: the first call decides.
 *
 * @throws {UnsupportedError} when another device or number of threads was decided on, or the device is not there
 */
export function useBackend(installation: Installation, place: Place): Promise<Loaded> {
  loading ??= { place, loaded: load(installation, place) };
  const { device, threads } = loading.place;
  if (device !== place.device || threads !== place.threads)
    throw new UnsupportedError(
      `tfjs-node runs on ${device} with ${threads} threads in this process: use another process for ${place.device} with ${place.threads}`,
    );
  return loading.loaded;
}

interface Binding {
  TF_Version: string;
  isUsingGpuDevice(): boolean;
}

type Backend = new (binding: Binding, name: string) => KernelBackend;

async function load(installation: Installation, { device, threads }: Place): Promise<Loaded> {
  Object.assign(process.env, environment(device, threads));
  // Gone from Node 23 on; tfjs-node still calls it.
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;

  const require = createRequire(import.meta.url);
  const tfjs = require.resolve("@tensorflow/tfjs");
  const core = createRequire(tfjs).resolve("@tensorflow/tfjs-core");
  const own = new Map([
    ["@tensorflow/tfjs", pathToFileURL(tfjs).href],
    ["@tensorflow/tfjs-core", pathToFileURL(core).href],
  ]);
  // The package must meet the tfjs that models are written in, wherever it lies: a second one would know no tensor of ours.
  const hooks = registerHooks({
    resolve(word, context, next) {
      const url = own.get(word);
      return url === undefined ? next(word, context) : { url, format: "commonjs", shortCircuit: true };
    },
  });
  try {
    require(join(installation.package, "dist/register_all_kernels.js"));
    const { NodeJSKernelBackend } = require(join(installation.package, "dist/nodejs_kernel_backend.js")) as {
      NodeJSKernelBackend: Backend;
    };
    const binding = require(installation.binding) as Binding;
    const usesGpu = binding.isUsingGpuDevice();
    if (usesGpu !== (device !== "cpu"))
      throw new UnsupportedError(
        `libtensorflow finds no GPU for ${device}: bench setup tfjs-node --gpu says what is missing`,
      );
    takeEveryPadding(backendName);
    registerBackend(backendName, () => new NodeJSKernelBackend(binding, "tfjs-node"));
    await setBackend(backendName);
    return { version: binding.TF_Version, usesGpu };
  } finally {
    hooks.deregister();
  }
}

/** Read by libtensorflow when it is loaded and by CUDA when it is first used. */
function environment(device: string, threads: number): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: process.env["TF_CPP_MIN_LOG_LEVEL"] ?? "2",
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: "1",
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    CUDA_VISIBLE_DEVICES: device === "cpu" ? "-1" : visibleCard(Number(device.split(":")[1])),
    // Else it takes all memory at once.
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
  };
}
