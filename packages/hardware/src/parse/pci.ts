import { hex16, pciAddress, sighting, type Sighting } from "../devices/sighting.ts";
import { knownNumber } from "../text.ts";

/** One function on the PCI bus: files of `/sys/bus/pci/devices/<address>`, as read. */
export interface PciFunction {
  address: string;
  class: string;
  vendor: string;
  device: string;
  revision: string | null;
  /** Bytes of its own memory and of system memory it may use: amdgpu alone says. */
  vramBytes: string | null;
  sharedBytes: string | null;
}

const isGpu = (classCode: string, vendor: string | null): boolean =>
  classCode.startsWith("0x03") || (classCode.startsWith("0x12") && vendor === "1002");

const mebibytes = (bytes: string | null): number | null => {
  const known = knownNumber(bytes);
  return known === null ? null : Math.round(known / 1024 ** 2);
};

/** GPUs among the functions of the PCI bus. They have no names here, only ids. */
export const parsePci = (functions: readonly PciFunction[]): Sighting[] =>
  functions.flatMap((entry) => {
    const [vendor, device] = [hex16(entry.vendor), hex16(entry.device)];
    const pciBus = pciAddress(entry.address);
    if (pciBus === null || vendor === null || device === null || !isGpu(entry.class, vendor)) return [];
    const revision = hex16(entry.revision)?.slice(2);
    const pciId = `${vendor}:${device}${revision === undefined ? "" : `/${revision}`}`;
    return [
      sighting("pci", {
        pciBus,
        pciId,
        memoryMiB: mebibytes(entry.vramBytes),
        sharedMiB: mebibytes(entry.sharedBytes),
      }),
    ];
  });
