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
  /** Vector units in FP32. */
  fp32Tflops: Sourced.nullable(),
  /** Cores × boost clock × FLOPs a core and clock is the FP32 rate; bus × rate of a pin the bandwidth. */
  clocks: z
    .strictObject({
      cores: z.int().positive(),
      boostMHz: z.number().positive(),
      /** 2 for a multiply-add; 4 where two of them issue at once. */
      flopsPerCore: z.literal([2, 4]),
      busBits: z.int().positive(),
      gigabitsPerPin: z.number().positive(),
      source: Line(400).min(1),
    })
    .nullable(),
  /** Matrix units in FP16, dense, sums in FP32: what mixed-precision training uses. Null where there are none. */
  tensorTflops: Sourced.nullable(),
  /** Matrix units in TF32, dense. */
  tf32Tflops: Sourced.nullable(),
  /** Vector units in FP16; null where they are no faster than in FP32. */
  fp16Tflops: Sourced.nullable(),
  /** Board power limit (W). */
  tdpW: Sourced.nullable(),
  /** Price at launch (US dollars). */
  launchUsd: Sourced.nullable(),
  /** GPU-to-GPU links beside PCIe (GB/s, each direction). */
  linkGBs: Sourced.nullable(),
  /** Lower-case strings that tools print for exactly this device, besides its own name. */
  aliases: z.array(z.string().min(1).max(200)),
  /** PCI ids `vendor:device`, with `/revision` where AMD shares one device id among products, in hexadecimal. */
  pciIds: z.array(z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}(\/[0-9a-f]{2})?$/)),
  notes: z.string().max(1000).optional(),
});
export type CatalogGpu = z.infer<typeof CatalogGpu>;
