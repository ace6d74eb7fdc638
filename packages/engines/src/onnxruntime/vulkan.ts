import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { DeviceKind } from "@epochmark/schema";
import koffi, { type LibraryHandle } from "koffi";

/** A Vulkan device, as its driver describes it. */
export interface VulkanDevice {
  name: string;
  kind: DeviceKind;
  /** `vendor:device`, lower-case hexadecimal. */
  pciId: string;
}

export interface VulkanMachine {
  /** Devices of all drivers, in the loader's order. */
  devices: VulkanDevice[];
  /** Devices of each driver alone, by the driver's manifest. */
  drivers: { manifest: string; devices: VulkanDevice[] }[];
}

/** The Vulkan loader, by platform: on Linux WebGPU itself goes through it, on Windows it lists the same cards. */
const loaders: Partial<Record<NodeJS.Platform, string>> = { linux: "libvulkan.so.1", win32: "vulkan-1.dll" };

/** `VkPhysicalDeviceType`: other, integrated, discrete, virtual, cpu. A virtual GPU is a share of a discrete one. */
const kinds: readonly DeviceKind[] = ["integrated", "integrated", "discrete", "discrete", "software"];

/** What Vulkan sees here; null where there is no Vulkan loader. Loads drivers: a broken one can end the process. */
export function readVulkan(platform: NodeJS.Platform = process.platform): VulkanMachine | null {
  const loader = loaders[platform];
  if (loader === undefined) return null;
  let list: () => VulkanDevice[];
  try {
    list = bind(koffi.load(loader));
  } catch {
    return null;
  }
  const before = process.env["VK_ICD_FILENAMES"];
  const devices = list();
  try {
    const drivers = manifests(before).map((manifest) => {
      process.env["VK_ICD_FILENAMES"] = manifest;
      return { manifest, devices: list() };
    });
    return { devices, drivers };
  } finally {
    if (before === undefined) delete process.env["VK_ICD_FILENAMES"];
    else process.env["VK_ICD_FILENAMES"] = before;
  }
}

/** The loader's manifests of drivers: those that the environment names, else those of the usual folders (Linux). */
function manifests(named: string | undefined): string[] {
  if (process.platform !== "linux") return [];
  if (named) return named.split(":").filter((path) => path.endsWith(".json"));
  const folders = ["/usr/share", "/usr/local/share", "/etc", join(homedir(), ".local/share")];
  return folders.flatMap((folder) => {
    const place = join(folder, "vulkan/icd.d");
    try {
      return readdirSync(place)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(place, name));
    } catch {
      return [];
    }
  });
}

/** `VkPhysicalDeviceProperties` is at most this long; its first fields are read by their offsets. */
const propertiesBytes = 1024;

function bind(library: LibraryHandle): () => VulkanDevice[] {
  const create = library.func("int vkCreateInstance(const void*, const void*, _Out_ void**)");
  const destroy = library.func("void vkDestroyInstance(void*, const void*)");
  const enumerate = library.func("int vkEnumeratePhysicalDevices(void*, _Inout_ uint32_t*, _Out_ void**)");
  const properties = library.func("void vkGetPhysicalDeviceProperties(void*, _Out_ uint8_t*)");
  return () => {
    // VkInstanceCreateInfo: its type, 1, and no application, layers or extensions.
    const info = Buffer.alloc(64);
    info.writeUInt32LE(1, 0);
    const instance: [unknown] = [null];
    if (create(info, null, instance) !== 0) return [];
    const count = [0];
    enumerate(instance[0], count, null);
    const handles: unknown[] = Array.from({ length: count[0] ?? 0 }, () => null);
    if (handles.length > 0) enumerate(instance[0], count, handles);
    const devices = handles.map((handle) => {
      const bytes = Buffer.alloc(propertiesBytes);
      properties(handle, bytes);
      return describe(bytes);
    });
    destroy(instance[0], null);
    return devices;
  };
}

function describe(bytes: Buffer): VulkanDevice {
  const hex = (offset: number): string => bytes.readUInt32LE(offset).toString(16).padStart(4, "0").slice(-4);
  return {
    pciId: `${hex(8)}:${hex(12)}`,
    kind: kinds[bytes.readUInt32LE(16)] ?? "integrated",
    name: bytes.subarray(20, 276).toString("utf8").split("\0")[0] ?? "",
  };
}
