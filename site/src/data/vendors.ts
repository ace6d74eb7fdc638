import type { Vendor } from "@epochmark/schema";

/** How makers write their names. */
export const vendorNames: Record<Vendor, string> = {
  nvidia: "NVIDIA",
  amd: "AMD",
  intel: "Intel",
  apple: "Apple",
  google: "Google",
  mesa: "Mesa",
  microsoft: "Microsoft",
  qualcomm: "Qualcomm",
  arm: "Arm",
  other: "other",
};
