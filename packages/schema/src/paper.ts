import { z } from "zod";
import { DataFlow } from "./data-flow.ts";
import { Phase } from "./ids.ts";
import { ModelManifest, PluginManifest } from "./manifest.ts";

const Batches = z.partialRecord(Phase, z.int().positive());

/** A network of a paper as the catalogue knows it, without its code at hand. */
export const CatalogModel = ModelManifest.extend({
  /** Batch of each phase under the two named workloads. */
  workloads: z.strictObject({ small: Batches, paper: Batches }),
  /** Inference of the full-size network; null where it has none. */
  flow: DataFlow.nullable(),
}).strict();
export type CatalogModel = z.infer<typeof CatalogModel>;

/** A plugin's papers and networks, written into the catalogue by `pnpm papers`. */
export const CatalogPaper = PluginManifest.extend({
  /** The model of the family that a plain `bench` runs. */
  defaultModel: z.string(),
  /** The plugin's own version: what it says of its networks holds for this one. */
  version: z.string().min(1).max(40),
  models: z.array(CatalogModel).min(1),
}).strict();
export type CatalogPaper = z.infer<typeof CatalogPaper>;
