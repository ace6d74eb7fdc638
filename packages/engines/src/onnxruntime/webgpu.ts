import type { DeviceKind } from "@epochmark/schema";
import type { EngineDevice } from "../engine.ts";
import type { VulkanDevice, VulkanMachine } from "./vulkan.ts";

/** onnxruntime asks for high performance: Dawn then takes the first discrete GPU, else the first integrated one, ... */
const preference: Record<DeviceKind, number> = { discrete: 0, integrated: 1, software: 2, cpu: 2 };
const best = (devices: readonly VulkanDevice[]): VulkanDevice | undefined =>
  devices.toSorted((a, b) => preference[a.kind] - preference[b.kind])[0];

/**
 * The devices that WebGPU can reach. onnxruntime's Node API names no adapter and takes no choice, so that the first is
 * inferred from what Vulkan lists; another one is reached by hiding all drivers but its own, where it is the one that
 * its driver is asked for first.
 */
export function webgpuDevices(
  vulkan: VulkanMachine | null,
  platform: NodeJS.Platform = process.platform,
): EngineDevice[] {
  // Metal and Direct3D: one device, whose name the machine's own list has.
  if (!vulkan || vulkan.devices.length === 0)
    return [{ ...usable("webgpu"), kind: platform === "win32" ? "discrete" : "integrated", inferred: true }];
  const own = best(vulkan.devices) as VulkanDevice;
  const others = vulkan.devices.filter((device) => device !== own);
  return [
    { ...usable("webgpu"), ...described(own) },
    ...others.map((device, index) => reach(device, `webgpu:${index + 1}`, own, vulkan)),
  ];
}

function reach(device: VulkanDevice, id: string, own: VulkanDevice, { drivers }: VulkanMachine): EngineDevice {
  const found = { ...usable(id), ...described(device) };
  const driver = drivers.find(({ devices }) => same(best(devices), device));
  if (!same(device, own) && driver) return { ...found, precisions: { fp32: { VK_ICD_FILENAMES: driver.manifest } } };
  const reason = same(device, own)
    ? `identical to the card that webgpu takes: onnxruntime's Node API cannot choose between the two`
    : `its driver serves ${own.name} first: onnxruntime's Node API cannot choose another`;
  return { ...found, usable: false, reason };
}

const same = (a: VulkanDevice | undefined, b: VulkanDevice): boolean => a?.name === b.name && a.pciId === b.pciId;

const usable = (id: string): EngineDevice => ({
  id,
  kind: "integrated",
  name: null,
  usable: true,
  reason: null,
});

const described = ({
  name,
  kind,
  pciId,
}: VulkanDevice): Pick<EngineDevice, "name" | "kind" | "pciId" | "inferred"> => ({
  name,
  kind,
  pciId,
  inferred: true,
});
