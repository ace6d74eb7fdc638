import type { Vendor } from "@epochmark/schema";

const byPciVendor: Readonly<Record<string, Vendor>> = {
  "10de": "nvidia",
  "1002": "amd",
  "1022": "amd",
  "8086": "intel",
  "106b": "apple",
  "1ae0": "google",
  "1414": "microsoft",
  "5143": "qualcomm",
  "13b5": "arm",
};

const byName: readonly (readonly [RegExp, Vendor])[] = [
  [/\b(?:llvmpipe|softpipe|lavapipe)\b/i, "mesa"],
  [/\bswiftshader\b/i, "google"],
  [/\bmicrosoft basic render\b|^warp\b/i, "microsoft"],
  [/\b(?:nvidia|geforce|quadro|tesla|titan (?:x|v|rtx)|tegra)\b/i, "nvidia"],
  [/\b(?:amd|ati|radeon|firepro|instinct|advanced micro devices)\b/i, "amd"],
  [/\bapple\b/i, "apple"],
  [/\bintel\b/i, "intel"],
  [/\b(?:adreno|qualcomm)\b/i, "qualcomm"],
  [/\bmali\b|\bimmortalis\b/i, "arm"],
];

/** Vendor of a device, from its PCI id if it has one, else from what tools call it. */
export const vendorOf = (names: readonly string[], pciId: string | null): Vendor => {
  const fromPci = byPciVendor[pciId?.slice(0, 4) ?? ""];
  if (fromPci !== undefined) return fromPci;
  return names.flatMap((name) => byName.find(([pattern]) => pattern.test(name))?.[1] ?? [])[0] ?? "other";
};

/** PCI vendor id that `lspci` spells out where its database has no name for the device: `NVIDIA Corporation Device 2684`. */
export const pciVendorOfName = (name: string): string | null => {
  if (/^nvidia/i.test(name)) return "10de";
  if (/^advanced micro devices/i.test(name)) return "1002";
  return /^intel/i.test(name) ? "8086" : null;
};
