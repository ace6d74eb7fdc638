import type { DeviceKind } from "@epochmark/schema";
import { hex16, sighting, type Sighting } from "../devices/sighting.ts";
import { knownText } from "../text.ts";

export const vulkaninfoArguments: readonly string[] = ["--summary"];

const kinds: Readonly<Record<string, DeviceKind>> = {
  PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: "discrete",
  PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: "integrated",
  PHYSICAL_DEVICE_TYPE_CPU: "software",
};

/** Devices of `vulkaninfo`, with or without `--summary`: each begins with a line `GPU0:`. */
export const parseVulkaninfo = (text: string): Sighting[] =>
  text
    .split(/^GPU\d+:\s*$/m)
    .slice(1)
    .flatMap((block) => {
      const field = (key: string): string | null =>
        knownText(new RegExp(`^\\s*${key}\\s*=\\s*(.+)$`, "m").exec(block)?.[1]);
      const name = field("deviceName");
      if (name === null) return [];
      const [vendor, device] = [hex16(field("vendorID")), hex16(field("deviceID"))];
      return [
        sighting("vulkaninfo", {
          name,
          pciId: vendor !== null && device !== null && device !== "0000" ? `${vendor}:${device}` : null,
          driver: field("driverInfo")?.slice(0, 100) ?? null,
          kind: kinds[field("deviceType") ?? ""] ?? null,
        }),
      ];
    });
