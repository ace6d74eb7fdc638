import type { PciFunction } from "../parse/pci.ts";

/** What the tools of one machine answered, as printed; a tool that is missing or failed is left out. */
export interface ToolOutputs {
  platform: string;
  nvidiaSmi?: string | undefined;
  rocmSmi?: string | undefined;
  pci?: readonly PciFunction[] | undefined;
  lspci?: string | undefined;
  /** `controllers` of systeminformation's `graphics()`. */
  controllers?: unknown;
  vulkaninfo?: string | undefined;
  glxinfo?: string | undefined;
  /** Whether the machine is a laptop, from its chassis or battery. */
  laptop?: boolean | undefined;
  /** System memory in MiB, which an Apple GPU shares whole. */
  hostMemoryMiB?: number | undefined;
}
