import * as ort from "onnxruntime-node";
import type { EngineDevice } from "../engine.ts";
import { askChild } from "./ask-child.ts";
import { type CudaCard, cudaDevices, cudaFolder } from "./cuda.ts";
import type { Provider } from "./model.ts";
import { tryDevice } from "./try-device.ts";
import type { VulkanMachine } from "./vulkan.ts";
import { webgpuDevices } from "./webgpu.ts";

const cpu: EngineDevice = { id: "cpu", kind: "cpu", name: null, usable: true, reason: null };

/** What the drivers of this machine say of its cards. */
interface Adapters {
  vulkan: VulkanMachine | null;
  cuda: CudaCard[] | null;
}

/** The provider of onnxruntime that a device is reached by. */
export function providerOf(device: string): Provider {
  const [name, index] = device.split(":");
  if (name === "cuda") return { name, deviceId: Number(index) };
  return name as string;
}

/**
 * Every device that this platform's onnxruntime has a provider for. A GPU is usable when it has just added two numbers;
 * else the reason says what stood in the way.
 */
export async function probeDevices(version: string): Promise<EngineDevice[]> {
  const providers = new Set(ort.listSupportedBackends().map(({ name }) => name));
  const asked = await askChild<Adapters>(new URL("adapters-child.ts", import.meta.url));
  const { vulkan, cuda }: Adapters = typeof asked === "string" ? { vulkan: null, cuda: null } : asked;
  const devices: EngineDevice[] = [
    ...(providers.has("cuda") ? cudaDevices(cuda, cudaFolder(version)) : []),
    ...(providers.has("webgpu") ? webgpuDevices(vulkan) : []),
    ...(providers.has("dml") ? [{ ...cpu, id: "dml", kind: "discrete" as const, inferred: true }] : []),
    ...(providers.has("coreml") ? [{ ...cpu, id: "coreml", kind: "integrated" as const, inferred: true }] : []),
  ];
  return [...(await Promise.all(devices.map(tried))), cpu];
}

async function tried(device: EngineDevice): Promise<EngineDevice> {
  if (!device.usable) return device;
  const reason = await tryDevice(providerOf(device.id), device.precisions?.fp32);
  return reason === null ? device : { ...device, usable: false, reason };
}
