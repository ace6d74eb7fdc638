import { gpus as catalogGpus } from "@epochmark/catalog";
import type { CatalogGpu, GpuIdentity } from "@epochmark/schema";
import { publishedRuns } from "./load.ts";

/** A GPU with a page: of the catalogue, of a record, or both. */
export type PageGpu = { id: string; name: string; known: CatalogGpu | null; seen: GpuIdentity | null };

/** Every GPU of the catalogue and every device of a record, by name. */
export const pageGpus = async (): Promise<PageGpu[]> => {
  const seen = new Map((await publishedRuns()).toReversed().map(({ data: { gpu } }) => [gpu.id, gpu]));
  const known = new Map(catalogGpus.map((gpu) => [gpu.id, gpu]));
  return [...new Set([...known.keys(), ...seen.keys()])]
    .map((id) => {
      const [entry, device] = [known.get(id) ?? null, seen.get(id) ?? null];
      return { id, name: entry?.name ?? device?.name ?? id, known: entry, seen: device };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
};
