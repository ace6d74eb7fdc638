import { slug } from "@epochmark/catalog";
import type { GpuIdentity, Host, Vendor } from "@epochmark/schema";

const vendors: readonly (readonly [RegExp, Vendor])[] = [
  [/intel/i, "intel"],
  [/amd/i, "amd"],
  [/apple/i, "apple"],
  [/qualcomm|snapdragon/i, "qualcomm"],
  [/nvidia/i, "nvidia"],
  [/microsoft/i, "microsoft"],
  [/\barm\b|neoverse|cortex/i, "arm"],
];

/** The processor as a device to run on, so that a machine without any GPU has a place on the board too. */
export const cpuIdentity = ({ cpu, arch, memoryMiB }: Host): GpuIdentity => {
  const unknown = cpu.name === "unknown CPU";
  return {
    id: slug(`cpu ${unknown ? `unknown ${arch}` : cpu.name}`),
    name: cpu.name,
    vendor: vendors.find(([pattern]) => pattern.test(`${cpu.vendor} ${cpu.name}`))?.[1] ?? "other",
    kind: "cpu",
    memoryMiB,
    driver: null,
    rawNames: [cpu.name],
    inferred: false,
    pciBus: null,
  };
};
