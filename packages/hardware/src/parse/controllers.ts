import { hex16, pciAddress, sighting, type Sighting } from "../devices/sighting.ts";
import { knownNumber, knownText } from "../text.ts";

const object = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** `NVIDIA Corporation` and `GP107 [...]` in one, unless the model names its vendor itself. */
const fullName = (vendor: string | null, model: string | null): string | null => {
  if (model === null) return null;
  const brand = vendor?.split(" ")[0]?.toLowerCase();
  return vendor === null ||
    brand === undefined ||
    /^(?:amd|ati|nvidia|intel)\b/i.test(model) ||
    model.toLowerCase().includes(brand)
    ? model
    : `${vendor} ${model}`;
};

/**
 * The address as systeminformation has it. What it knows from clinfo alone bears no `bus`; there it takes NVIDIA's slot
 * for slot and function in one, and prints the bus in decimal: `00:00.6` is 00:06.0.
 */
const busAddress = ({ bus, vendor, busAddress: told }: Record<string, unknown>): unknown => {
  const parts = typeof told === "string" ? /^(\d+):(\d+)\.(\d)$/.exec(told) : null;
  if (parts === null || bus !== "" || typeof vendor !== "string" || !/nvidia/i.test(vendor)) return told;
  const [, number, high, low] = parts.map(Number) as [number, number, number, number];
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return `${hex(number)}:${hex(8 * high + low)}.0`;
};

/**
 * Controllers of systeminformation's `graphics()`. On Linux its `vram` is the size of a PCI window, not of the memory,
 * so there only the driver's `memoryTotal` counts.
 */
export const parseControllers = (controllers: unknown, platform: string): Sighting[] => {
  if (!Array.isArray(controllers)) return [];
  return controllers.map(object).flatMap((controller) => {
    const name =
      knownText(controller["name"]) ?? fullName(knownText(controller["vendor"]), knownText(controller["model"]));
    const pciBus = pciAddress(controller["pciBus"]) ?? pciAddress(busAddress(controller));
    if (name === null && pciBus === null) return [];
    const [vendor, device] = [hex16(controller["vendorId"]), hex16(controller["deviceId"])];
    const ownMemory = platform !== "linux" && controller["vramDynamic"] === false ? controller["vram"] : null;
    return [
      sighting("systeminformation", {
        name,
        pciBus,
        pciId: vendor !== null && device !== null ? `${vendor}:${device}` : null,
        memoryMiB: knownNumber(controller["memoryTotal"]) ?? knownNumber(ownMemory),
        driver: knownText(controller["driverVersion"], 100),
        kind: controller["bus"] === "Built-In" ? "integrated" : null,
        cores: knownNumber(controller["cores"]),
      }),
    ];
  });
};
