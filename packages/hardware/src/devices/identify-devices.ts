import { displayName, findGpu, identify, slug, type Identification, type IdentityHints } from "@epochmark/catalog";
import type { DeviceKind, GpuIdentity, Vendor } from "@epochmark/schema";
import { parseControllers } from "../parse/controllers.ts";
import { parseGlxinfo } from "../parse/glxinfo.ts";
import { parseLspci } from "../parse/lspci.ts";
import { parseNvidiaSmi } from "../parse/nvidia-smi.ts";
import { parsePci } from "../parse/pci.ts";
import { parseRocmSmi } from "../parse/rocm-smi.ts";
import { parseVulkaninfo } from "../parse/vulkaninfo.ts";
import { isVirtual, kindOf, softwareRenderer } from "./kind.ts";
import { first, mergeSightings, namesOf, pciIdOf, type Device } from "./merge.ts";
import type { ToolOutputs } from "./outputs.ts";
import { sighting } from "./sighting.ts";
import { vendorOf } from "./vendors.ts";

const order: Readonly<Record<DeviceKind, number>> = { discrete: 0, integrated: 1, software: 2, cpu: 3 };

/**
 * The GPUs of a machine in canonical form, discrete ones first. Pure: it knows only what the tools printed. Adapters that
 * merely show a picture (virtual machines, server consoles) are left out; software renderers are `software`.
 */
export const identifyDevices = (outputs: ToolOutputs): GpuIdentity[] =>
  mergeSightings([
    ...parseNvidiaSmi(outputs.nvidiaSmi ?? ""),
    ...parseRocmSmi(outputs.rocmSmi ?? ""),
    ...parsePci(outputs.pci ?? []),
    ...parseLspci(outputs.lspci ?? ""),
    ...parseControllers(outputs.controllers, outputs.platform),
    ...parseVulkaninfo(outputs.vulkaninfo ?? ""),
    ...parseGlxinfo(outputs.glxinfo ?? ""),
  ])
    .filter((device) => !isVirtual(namesOf(device), pciIdOf(device)))
    .map((device) => identityOf(device, outputs))
    .toSorted((a, b) => order[a.kind] - order[b.kind] || (a.pciBus ?? "~").localeCompare(b.pciBus ?? "~"));

/** What an engine says of the adapter that it will take. */
export interface Adapter {
  name: string;
  /** `vendor:device`, lower-case hexadecimal. */
  pciId: string | null;
  kind: DeviceKind;
  driver: string | null;
}

/** The canonical identity of an adapter of which only its own words are known. */
export const identifyAdapter = (adapter: Adapter): GpuIdentity =>
  identityOf({ sightings: [sighting("vulkaninfo", adapter)] }, { platform: process.platform });

const identityOf = (device: Device, { laptop, hostMemoryMiB }: ToolOutputs): GpuIdentity => {
  const names = namesOf(device);
  const pciId = pciIdOf(device);
  const hints: IdentityHints = {
    ...(pciId === null ? {} : { pciId }),
    ...memoryHint(device),
  };
  const sure = identifyByAny(names, hints);
  const found = sure.status !== "ambiguous" || laptop === undefined ? sure : identifyByAny(names, { ...hints, laptop });
  const vendor = found.status === "match" ? found.gpu.vendor : vendorOf(names, pciId);
  const kind = found.status === "match" ? found.gpu.kind : kindOf(names, vendor, first(device, "kind"));
  return {
    ...label(found, names, vendor, pciId, first(device, "cores")),
    vendor,
    kind,
    memoryMiB: memoryOf(device, kind, vendor, hostMemoryMiB),
    driver: first(device, "driver"),
    rawNames: names.slice(0, 16),
    inferred: found !== sure || found.status === "ambiguous",
    pciBus: first(device, "pciBus"),
  };
};

const memoryHint = (device: Device): IdentityHints => {
  const memoryMiB = first(device, "memoryMiB");
  return memoryMiB === null ? {} : { memoryMiB };
};

/** The best answer that any of the names gives: a match, else a choice, else nothing. */
const identifyByAny = (names: readonly string[], hints: IdentityHints): Identification => {
  const answers = (names.length === 0 ? [""] : names).map((name) => identify(name, hints));
  const best = (status: Identification["status"]) => answers.find((answer) => answer.status === status);
  return best("match") ?? best("ambiguous") ?? { status: "unknown" };
};

/** Id and name. One that the catalogue does not hold never gets an id that it does. */
const label = (
  found: Identification,
  names: readonly string[],
  vendor: Vendor,
  pciId: string | null,
  cores: number | null,
): Pick<GpuIdentity, "id" | "name"> => {
  if (found.status === "match") return { id: found.gpu.id, name: found.gpu.name };
  const printed = softwareRenderer(names) ?? names[0];
  const plain =
    printed === undefined ? displayName(`GPU ${pciId?.split("/")[0] ?? ""}`, vendor) : displayName(printed, vendor);
  // Apple's chips are known by name and core count: with both, the catalogue's entry of that id is this one.
  const counted = cores !== null && vendor === "apple";
  const name = counted ? `${plain} (${cores}-core GPU)` : plain || "Unknown GPU";
  const id = slug(name).replace(/-gpu$/, "");
  if (found.status === "unknown" && (counted || findGpu(id) === undefined)) return { id, name };
  return {
    id: `${id.slice(0, 64).replace(/-+$/, "")}-variant-unknown`,
    name: `${name.slice(0, 180)} (variant unknown)`,
  };
};

const memoryOf = (device: Device, kind: DeviceKind, vendor: Vendor, hostMemoryMiB?: number): number | null => {
  const own = first(device, "memoryMiB");
  if (kind === "discrete") return own;
  if (vendor === "apple") return hostMemoryMiB ?? null;
  const shared = first(device, "sharedMiB");
  return kind === "integrated" && own !== null && shared !== null ? own + shared : null;
};
