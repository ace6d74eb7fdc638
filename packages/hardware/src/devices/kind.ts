import type { DeviceKind, Vendor } from "@epochmark/schema";

/** Renderers that run on the processor, whatever version and compiler they print around their name. */
const renderers: readonly (readonly [RegExp, string])[] = [
  [/\bllvmpipe\b|\blavapipe\b/i, "llvmpipe"],
  [/\bsoftpipe\b/i, "softpipe"],
  [/\bswiftshader\b/i, "SwiftShader"],
  [/\bmicrosoft basic render driver\b|^warp\b/i, "Microsoft Basic Render Driver"],
];

/** Name of a software renderer without its version; null where the names are no such renderer's. */
export const softwareRenderer = (names: readonly string[]): string | null =>
  renderers.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1] ?? null;

/**
 * Adapters that draw a screen for a virtual machine, a remote session or a server's console: nothing to measure.
 * `Microsoft Corporation` is how lspci spells WSL's door to the host's GPU.
 */
const virtualNames =
  /\b(?:qxl|cirrus|vmware|svga ?(?:ii|3d)?|virtualbox|vboxvga|aspeed|matrox|mga g200|hyper-v|virtio|virgl|bochs|xen(?:server)?|remote display|basic display adapter|displaylink|citrix|parsec|indirect display|microsoft corporation (?:device|basic render driver)|hibmc|hi171x|amazon\.com)\b/i;

const virtualPci: readonly RegExp[] = [
  /^1234:/, // QEMU standard VGA (Bochs)
  /^1b36:/, // Red Hat QXL
  /^1af4:/, // virtio
  /^1013:00b8/, // Cirrus Logic GD 5446, as emulated
  /^15ad:/, // VMware
  /^80ee:/, // VirtualBox
  /^5853:/, // Xen
  /^1d0f:/, // Amazon
  /^1414:/, // Hyper-V's video, and the door to the host's GPU in WSL
  /^1a03:/, // ASPEED, server console
  /^102b:/, // Matrox, server console
  /^19e5:1711/, // Huawei, server console
  /^126f:/, // Silicon Motion
];

const amdIntegrated =
  /\b(?:kaveri|carrizo|stoney|mullins|kabini|beema|raven|picasso|dali|renoir|lucienne|cezanne|barcelo|rembrandt|mendocino|raphael|granite ridge|phoenix\d?|hawk point|strix(?: halo| point)?|krackan|van gogh|vangogh)\b|\bradeon (?:\d{3}m|80[4-6]0s)\b|\bradeon (?:rx )?vega \d+\b|\bvega mobile\b|\bradeon(?:\s+r\d)? graphics\b/i;

const intelDiscrete =
  /\barc\b.*\b[ab]\d{3}m?\b|\biris xe max\b|\bdg[12]\b|\bbattlemage\b|\b(?:flex|max) (?:series|1\d{2}|1\d{3})\b/i;

const nvidiaIntegrated = /\b(?:tegra|xavier|orin|thor|jetson|gb10|nvgpu)\b/i;

const integratedRules: Readonly<Partial<Record<Vendor, (name: string) => boolean>>> = {
  amd: (name) => amdIntegrated.test(name),
  intel: (name) => !intelDiscrete.test(name),
  nvidia: (name) => nvidiaIntegrated.test(name),
  apple: () => true,
  qualcomm: () => true,
  arm: () => true,
};

/** Whether a device only shows a picture and computes nothing. */
export const isVirtual = (names: readonly string[], pciId: string | null): boolean =>
  (pciId !== null && virtualPci.some((pattern) => pattern.test(pciId))) ||
  (names.length > 0 && names.every((name) => virtualNames.test(name)));

/** Kind of a device that the catalogue does not know; `told` is what a driver said of it. */
export const kindOf = (names: readonly string[], vendor: Vendor, told: DeviceKind | null): DeviceKind => {
  if (softwareRenderer(names) !== null) return "software";
  if (told !== null) return told;
  const rule = integratedRules[vendor];
  const plain = names.map((name) => name.replace(/\((?:tm|r)\)/gi, ""));
  return rule !== undefined && plain.some(rule) ? "integrated" : "discrete";
};
