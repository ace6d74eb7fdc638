import { hex16, pciAddress, sighting, type Sighting } from "../devices/sighting.ts";
import { knownNumber, knownText } from "../text.ts";

/** Fields that every driver of the last ten years knows; `pci.device_id` tells laptop from desktop. */
export const nvidiaSmiArguments: readonly string[] = [
  "--query-gpu=name,pci.bus_id,pci.device_id,memory.total,driver_version",
  "--format=csv,noheader,nounits",
];

/** `0x1C8210DE` as `10de:1c82`. */
const pciId = (field: string): string | null => {
  const match = /^0x([0-9a-f]{4})([0-9a-f]{4})$/i.exec(field);
  const [device, vendor] = [hex16(match?.[1]), hex16(match?.[2])];
  return device === null || vendor === null ? null : `${vendor}:${device}`;
};

/** Devices in the answer to `nvidiaSmiArguments`; lines of any other form (failures, banners) are no devices. */
export const parseNvidiaSmi = (text: string): Sighting[] =>
  text.split("\n").flatMap((line) => {
    const [name, bus, device, memory, driver, ...more] = line.split(",").map((field) => field.trim());
    const pciBus = pciAddress(bus);
    const printed = knownText(name);
    if (pciBus === null || printed === null || driver === undefined || more.length > 0) return [];
    return [
      sighting("nvidia-smi", {
        name: printed,
        pciBus,
        pciId: pciId(device ?? ""),
        memoryMiB: knownNumber(memory),
        driver: knownText(driver, 100),
      }),
    ];
  });
