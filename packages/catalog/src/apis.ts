import type { CatalogGpu } from "@epochmark/schema";

/** What programs of a GPU can be written for. */
interface Apis {
  /** First and last CUDA toolkit that compiles for the compute capability; `until` null: the newest still does. */
  cuda: { from: string; until: string | null } | null;
  /** AMD lists the architecture, or a card of it, as supported on Linux. */
  rocm: boolean;
  vulkan: boolean;
  metal: boolean;
  /** Where the rule comes from. */
  source: string;
}

const source =
  "rule by compute capability or architecture, typed in from knowledge of NVIDIA's toolkit release notes, AMD's list of supported GPUs and driver notes, none opened";

/**
 * CUDA toolkits by compute capability. Toolkit 12.0 dropped Kepler; 13.0 dropped Maxwell, Pascal and Volta.
 */
const cudaToolkits: Readonly<Record<string, [from: string, until: string | null]>> = {
  "3.7": ["6.5", "11.8"],
  "5.2": ["6.5", "12.9"],
  "6.0": ["8.0", "12.9"],
  "6.1": ["8.0", "12.9"],
  "7.0": ["9.0", "12.9"],
  "7.5": ["10.0", null],
  "8.0": ["11.0", null],
  "8.6": ["11.1", null],
  "8.9": ["11.8", null],
  "9.0": ["11.8", null],
  "10.0": ["12.8", null],
  "12.0": ["12.8", null],
};

const rocmArchitectures: ReadonlySet<string> = new Set(["GCN 5.1", "CDNA", "CDNA 3", "RDNA 3", "RDNA 4"]);

/** The interfaces of a GPU, by rule. @throws when the rules lack the GPU's compute capability */
export function apisOf({ id, vendor, architecture, computeCapability }: CatalogGpu): Apis {
  const range = computeCapability === null ? null : cudaToolkits[computeCapability];
  if (range === undefined) throw new Error(`${id}: no CUDA rule for compute capability ${computeCapability}`);
  return {
    cuda: range && { from: range[0], until: range[1] },
    rocm: rocmArchitectures.has(architecture),
    // Accelerators of CDNA have no graphics; on Apple's only a layer over Metal speaks Vulkan.
    vulkan: vendor !== "apple" && !architecture.startsWith("CDNA"),
    metal: vendor === "apple",
    source,
  };
}
