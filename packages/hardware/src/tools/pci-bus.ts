import { readdirSync } from "node:fs";
import { readText } from "../limits/limits.ts";
import type { PciFunction } from "../parse/pci.ts";

/** Functions on the PCI bus of a Linux machine, read without any tool; none where the kernel shows no bus. */
export const readPciBus = (folder = "/sys/bus/pci/devices"): PciFunction[] => {
  let addresses: string[];
  try {
    addresses = readdirSync(folder);
  } catch {
    return [];
  }
  return addresses.flatMap((address) => {
    const file = (name: string): string | null => readText(`${folder}/${address}/${name}`)?.trim() ?? null;
    const [classCode, vendor, device] = [file("class"), file("vendor"), file("device")];
    if (classCode === null || vendor === null || device === null) return [];
    return [
      {
        address,
        class: classCode,
        vendor,
        device,
        revision: file("revision"),
        vramBytes: file("mem_info_vram_total"),
        sharedBytes: file("mem_info_gtt_total"),
      },
    ];
  });
};
