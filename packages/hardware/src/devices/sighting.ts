import type { DeviceKind } from "@epochmark/schema";

/** One device as one tool saw it. Null where the tool says nothing. */
export interface Sighting {
  tool: "nvidia-smi" | "rocm-smi" | "pci" | "lspci" | "systeminformation" | "vulkaninfo" | "glxinfo";
  /** As printed. */
  name: string | null;
  /** `0000:01:00.0`. */
  pciBus: string | null;
  /** `vendor:device` or `vendor:device/revision`, lower-case hexadecimal. */
  pciId: string | null;
  memoryMiB: number | null;
  /** System memory that the device may use besides its own. */
  sharedMiB: number | null;
  driver: string | null;
  /** Where the tool says so itself. */
  kind: DeviceKind | null;
  /** Cores of an Apple GPU, which sells one chip name with several counts. */
  cores: number | null;
}

const nothing: Sighting = {
  tool: "pci",
  name: null,
  pciBus: null,
  pciId: null,
  memoryMiB: null,
  sharedMiB: null,
  driver: null,
  kind: null,
  cores: null,
};

export const sighting = (tool: Sighting["tool"], seen: Partial<Sighting>): Sighting => ({ ...nothing, ...seen, tool });

/** A PCI address as `domain:bus:device.function` with a domain of four digits; null where it is none. */
export const pciAddress = (text: unknown): string | null => {
  if (typeof text !== "string") return null;
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-9a-f])$/i.exec(text.trim());
  if (!match) return null;
  const domain = (match[1] ?? "0000").replace(/^0+(?=.{4})/, "");
  return `${domain}:${match[2]}:${match[3]}.${match[4]}`.toLowerCase();
};

/** `0x10de` and `10DE` as `10de`; null where it is no 16-bit number. */
export const hex16 = (text: unknown): string | null => {
  if (typeof text !== "string") return null;
  const match = /^(?:0x)?([0-9a-f]{1,4})$/i.exec(text.trim());
  return match?.[1] === undefined ? null : match[1].toLowerCase().padStart(4, "0");
};
