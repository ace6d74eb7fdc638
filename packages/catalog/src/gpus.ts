import { CatalogGpu } from "@epochmark/schema";
import amd from "./gpus/amd.json" with { type: "json" };
import apple from "./gpus/apple.json" with { type: "json" };
import intel from "./gpus/intel.json" with { type: "json" };
import nvidiaGeforce from "./gpus/nvidia-geforce.json" with { type: "json" };
import nvidiaServer from "./gpus/nvidia-server.json" with { type: "json" };
import nvidiaWorkstation from "./gpus/nvidia-workstation.json" with { type: "json" };

/**
 * Every GPU whose figures are known, each figure with its source. PCI ids are those of the PCI ID Repository
 * (pci-ids.ucw.cz, version 2026.06.16); AMD's revisions those of libdrm's `amdgpu.ids`.
 */
export const gpus: readonly CatalogGpu[] = CatalogGpu.array().parse([
  ...nvidiaGeforce,
  ...nvidiaWorkstation,
  ...nvidiaServer,
  ...amd,
  ...intel,
  ...apple,
]);

const byId = new Map(gpus.map((gpu) => [gpu.id, gpu]));

/** The GPU of that id; undefined where the catalogue has none. */
export const findGpu = (id: string): CatalogGpu | undefined => byId.get(id);
