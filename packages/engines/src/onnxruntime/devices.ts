import * as ort from "onnxruntime-node";
import type { EngineDevice } from "../engine.ts";
import { askChild } from "./ask-child.ts";
import { cardNumber, type CudaCard, cudaDevices, cudaFolder } from "./cuda.ts";
import type { Provider } from "./model.ts";
import { tryDevice } from "./try-device.ts";
import type { VulkanMachine } from "./vulkan.ts";
import { webgpuDevices } from "./webgpu.ts";

const cpu = {
  id: "cpu",
  kind: "cpu",
  name: null,
  usable: true,
  reason: null,
  precisions: { fp32: {} },
  refusals: {
    fp16: "onnxruntime's CPU kernels compute halves in single precision: it would be fp32 under another name",
    tf32: "TF32 is of NVIDIA cards (compute capability 8.0 and newer)",
  },
} satisfies EngineDevice;

/** A device that its provider does not name. */
const other = { name: null, usable: true, reason: null, inferred: true };

/** What the drivers of this machine say of its cards. */
interface Adapters {
  vulkan: VulkanMachine | null;
  cuda: CudaCard[] | null;
}

/** The provider of onnxruntime that a device is reached by, in a process with this environment. */
function providerOf(device: string, environment?: NodeJS.ProcessEnv): Provider {
  const [name] = device.split(":");
  if (name === "cuda") return { name, deviceId: cardNumber(device, environment) };
  return name as string;
}

/**
 * Every device that this platform's onnxruntime has a provider for. A GPU is usable when it has just doubled a number;
 * else the reason says what stood in the way.
 */
export async function probeDevices(version: string): Promise<EngineDevice[]> {
  const providers = new Set(ort.listSupportedBackends().map(({ name }) => name));
  // WebGPU's own choice needs no list of cards: it is tried while the drivers are asked for theirs.
  const chosen = providers.has("webgpu") ? tryDevice("webgpu", {}, bothPrecisions) : undefined;
  const asked = await askChild<Adapters>(new URL("adapters-child.ts", import.meta.url));
  const { vulkan, cuda }: Adapters = typeof asked === "string" ? { vulkan: null, cuda: null } : asked;
  const devices: EngineDevice[] = [
    ...(providers.has("cuda") ? cudaDevices(cuda, cudaFolder(version)) : []),
    ...(providers.has("webgpu") ? webgpuDevices(vulkan) : []),
    ...(providers.has("dml") ? [{ ...other, id: "dml", kind: "discrete" as const }] : []),
    ...(providers.has("coreml") ? [{ ...other, id: "coreml", kind: "integrated" as const }] : []),
  ];
  const told = await Promise.all(devices.map((device) => tried(device, device.id === "webgpu" ? chosen : undefined)));
  return [...told.map((device) => (cuda?.length ? withVulkanHint(device) : device)), cpu];
}

/** Beside an NVIDIA card: what its Vulkan driver cannot do without, and a server often lacks. */
export const withVulkanHint = (device: EngineDevice): EngineDevice =>
  device.reason?.includes("No supported adapters") && process.platform === "linux"
    ? { ...device, reason: `${device.reason}: NVIDIA's Vulkan driver needs libvulkan1, libx11-6 and libxext6` }
    : device;

const bothPrecisions = ["fp32", "fp16"] as const;
type Trials = ReturnType<typeof tryDevice<(typeof bothPrecisions)[number]>>;

async function tried(device: EngineDevice, begun: Trials | undefined): Promise<EngineDevice> {
  if (!device.usable) return device;
  const single = device.precisions?.fp32 ?? {};
  const { fp32: reason, fp16: withoutHalves } = await (begun ??
    tryDevice(providerOf(device.id, single), single, bothPrecisions));
  if (reason !== null) return { ...device, usable: false, reason };
  const precisions = { fp32: single, ...(withoutHalves === null ? { fp16: single } : {}), ...device.precisions };
  const refusals = {
    tf32: cpu.refusals.tf32,
    ...(withoutHalves === null ? {} : { fp16: `the device has no half precision: ${withoutHalves}` }),
    ...device.refusals,
  };
  const lacking = Object.entries(refusals).filter(([precision]) => !(precision in precisions));
  return { ...device, precisions, refusals: Object.fromEntries(lacking) };
}
