import { z } from "zod";
import { Id } from "./ids.ts";
import { Line, Name } from "./text.ts";

export const Vendor = z.enum([
  "nvidia",
  "amd",
  "intel",
  "apple",
  "google",
  "mesa",
  "microsoft",
  "qualcomm",
  "arm",
  "other",
]);
export type Vendor = z.infer<typeof Vendor>;

export const DeviceKind = z.enum(["discrete", "integrated", "software", "cpu"]);
export type DeviceKind = z.infer<typeof DeviceKind>;

/** The canonical identity of one device of this machine: what the leaderboard groups by. */
export const GpuIdentity = z.strictObject({
  /** Folder name under `results/` and key of the catalogue, e.g. `geforce-rtx-3090`. */
  id: Id,
  /** Name for people, e.g. `GeForce RTX 3090`. */
  name: Name(200).min(1),
  vendor: Vendor,
  kind: DeviceKind,
  /** Memory of the device in MiB (system memory for a CPU); null where no tool told. */
  memoryMiB: z.number().positive().nullable(),
  /** Driver version as the vendor prints it; null where unknown. */
  driver: Name(100).nullable(),
  /** Names as the tools printed them, in the order the tools were asked. */
  rawNames: z.array(Name(200)).max(16),
  /** Whether the identity was read from the device itself or inferred from another tool. */
  inferred: z.boolean(),
  /** PCI bus address, to tell identical cards apart; null where there is none. */
  pciBus: Name(40).nullable(),
});
export type GpuIdentity = z.infer<typeof GpuIdentity>;

/** A number with the page or document it was read from. */
const Sourced = z.strictObject({ value: z.number().positive(), source: Line(400).min(1) });

/** One GPU of the catalogue. Units are in the names; a field nobody published is null. */
export const CatalogGpu = z.strictObject({
  id: Id,
  name: Name(200).min(1),
  vendor: Vendor,
  kind: DeviceKind,
  formFactor: z.enum(["desktop", "laptop", "server", "workstation", "embedded"]),
  architecture: z.string().max(80),
  computeCapability: z
    .string()
    .regex(/^\d+\.\d+$/)
    .nullable(),
  year: z.int().min(2008).max(2100),
  memoryGB: Sourced,
  bandwidthGBs: Sourced.nullable(),
  fp32Tflops: Sourced.nullable(),
  /** Lower-case strings that tools print for exactly this device, besides its own name. */
  aliases: z.array(z.string().min(1).max(200)),
  /** PCI ids `vendor:device`, with `/revision` where AMD shares one device id among products, in hexadecimal. */
  pciIds: z.array(z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}(\/[0-9a-f]{2})?$/)),
  notes: z.string().max(1000).optional(),
});
export type CatalogGpu = z.infer<typeof CatalogGpu>;
