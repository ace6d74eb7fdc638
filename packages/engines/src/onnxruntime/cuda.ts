import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import koffi, { type LibraryHandle } from "koffi";
import { cacheFolder } from "../cache.ts";
import type { EngineDevice } from "../engine.ts";

/** A card as NVIDIA's driver describes it. */
export interface CudaCard {
  name: string;
  /** `0000:01:00.0`. */
  pciBus: string;
  /** `8.6`. */
  capability: string;
}

export const driverLibrary = process.platform === "win32" ? "nvcuda.dll" : "libcuda.so.1";
const provider = "libonnxruntime_providers_cuda.so";
/** Attributes of `cuDeviceGetAttribute`. */
const [capabilityMajor, capabilityMinor] = [75, 76];

/** Cards in PCI order, which `nvidia-smi` has too; null where there is no NVIDIA driver. */
export function readCuda(load: (name: string) => LibraryHandle = koffi.load): CudaCard[] | null {
  let driver: LibraryHandle;
  try {
    driver = load(driverLibrary);
  } catch {
    return null;
  }
  // Else the driver numbers them by speed.
  process.env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  const init = driver.func("int cuInit(uint32_t)");
  const count = driver.func("int cuDeviceGetCount(_Out_ int*)");
  const device = driver.func("int cuDeviceGet(_Out_ int*, int)");
  const name = driver.func("int cuDeviceGetName(_Out_ uint8_t*, int, int)");
  const attribute = driver.func("int cuDeviceGetAttribute(_Out_ int*, int, int)");
  const bus = driver.func("int cuDeviceGetPCIBusId(_Out_ uint8_t*, int, int)");
  const [found] = [[0]];
  if (init(0) !== 0 || count(found) !== 0) return [];
  return Array.from({ length: found[0] ?? 0 }, (_, index) => {
    const [handle, major, minor] = [[0], [0], [0]];
    const [printed, address] = [Buffer.alloc(256), Buffer.alloc(32)];
    device(handle, index);
    name(printed, printed.length, handle[0]);
    bus(address, address.length, handle[0]);
    attribute(major, capabilityMajor, handle[0]);
    attribute(minor, capabilityMinor, handle[0]);
    return { name: text(printed), pciBus: text(address).toLowerCase(), capability: `${major[0]}.${minor[0]}` };
  });
}

const text = (bytes: Buffer): string => bytes.toString("latin1").split("\0")[0] ?? "";

/**
 * The folder of onnxruntime's CUDA provider with all that it loads (onnxruntime itself, CUDA, cuDNN), flat: what
 * `bench setup cuda` fills, or the package's own folder where its installer has run. Null where there is none.
 */
export function cudaFolder(version: string): string | null {
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  const own = join(dirname(entry), "../bin/napi-v6", process.platform, process.arch);
  const folders = [join(cacheFolder("onnxruntime-cuda", version), "lib"), own];
  return folders.find((folder) => existsSync(join(folder, provider))) ?? null;
}

/**
 * Loads CUDA's libraries from the folder, so that the provider finds them by name in a process that was started without
 * the folder on its library path. Those that need others come after them.
 */
export function loadCudaLibraries(folder: string): void {
  let waiting = readdirSync(folder).filter((name) => opened.test(name));
  for (let before = Infinity; waiting.length < before;) {
    before = waiting.length;
    waiting = waiting.filter((name) => !loads(join(folder, name)));
  }
}

/** What onnxruntime's provider opens, and what those open. */
const opened = /^lib(?:cudart|cublas|cublasLt|cudnn\w*|cufft|curand|nvrtc|nvJitLink)\.so/;

/** A library goes when nobody holds it. */
const held: LibraryHandle[] = [];

function loads(path: string): boolean {
  try {
    held.push(koffi.load(path, { lazy: true }));
    return true;
  } catch {
    return false;
  }
}

/** Devices `cuda:0`, `cuda:1`, ... with the variables of their processes; one `cuda` that says why where there is none. */
export function cudaDevices(cards: readonly CudaCard[] | null, folder: string | null): EngineDevice[] {
  const none = { id: "cuda", kind: "discrete", name: null, usable: false } as const;
  if (cards === null) return [{ ...none, reason: "no NVIDIA driver is installed" }];
  if (cards.length === 0) return [{ ...none, reason: "NVIDIA's driver finds no card" }];
  return cards.map(({ name, pciBus, capability }, index) => {
    const card = { id: `cuda:${index}`, kind: "discrete", name, pciBus } as const;
    if (folder === null)
      return {
        ...card,
        usable: false,
        reason: `its CUDA libraries are not installed (compute capability ${capability}): bench setup cuda`,
      };
    const environment = { LD_LIBRARY_PATH: joined(folder), ...alone(index) };
    return {
      ...card,
      usable: true,
      reason: null,
      // onnxruntime takes TF32 by itself where the card has it (8.0 and newer): fp32 is only then what it says when that is forbidden.
      precisions: {
        fp32: { ...environment, NVIDIA_TF32_OVERRIDE: "0" },
        ...(Number(capability) >= 8 ? { tf32: { ...environment, NVIDIA_TF32_OVERRIDE: "1" } } : {}),
        ...(Number(capability) >= 5.3 ? { fp16: { ...environment, NVIDIA_TF32_OVERRIDE: "0" } } : {}),
      },
      refusals: {
        tf32: `compute capability ${capability} has no TF32 (8.0 and newer have)`,
        fp16: `compute capability ${capability} has no fp16 arithmetic (5.3 and newer have)`,
      },
    };
  });
}

/** Names, to a process that sees one card only, which one of the machine's that is. */
const onlyCard = "EPOCHMARK_ONLY_CARD";

/**
 * Variables of a process that sees one card only. Else onnxruntime takes memory on the first card too, whichever it is
 * told to use (its issue 20544), and would be another process there to who measures on it.
 */
const alone = (index: number): Record<string, string> => ({
  CUDA_DEVICE_ORDER: "PCI_BUS_ID",
  CUDA_VISIBLE_DEVICES: visibleCard(index),
  [onlyCard]: `cuda:${index}`,
});

/** CUDA's own number of a card in a process with this environment: 0 where it sees no other. */
export const cardNumber = (device: string, environment: NodeJS.ProcessEnv = process.env): number =>
  environment[onlyCard] === device ? 0 : Number(device.split(":")[1]);

/** What `CUDA_VISIBLE_DEVICES` says for a card alone: the one of the user's own list, where there is one. */
export const visibleCard = (index: number, listed = process.env["CUDA_VISIBLE_DEVICES"]): string =>
  listed?.split(",")[index]?.trim() || String(index);

/** The provider's folder before those that the user's own variable names. */
const joined = (folder: string): string => [folder, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
