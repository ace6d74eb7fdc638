import { dataFlow } from "@epochmark/compiler";
import { makeStep, type Model, type Workload } from "@epochmark/plugin-kit";
import { CatalogPaper, type DataFlow } from "@epochmark/schema";
import type { FoundPlugin } from "./discover.ts";

/** What the catalogue keeps of a plugin: its manifest, its workloads and each network's data flow, traced at full size. */
export function catalogPaper({ plugin, manifest }: FoundPlugin): CatalogPaper {
  const models = manifest.models.map((model) => {
    const declared = plugin.models.find(({ id }) => id === model.id)!;
    const workloads = { small: batchesOf(declared.workloads.small), paper: batchesOf(declared.workloads.paper) };
    return { ...model, workloads, flow: flowOf(declared, model.phases.includes("infer")) };
  });
  return CatalogPaper.parse({
    ...manifest,
    defaultModel: plugin.defaultModel,
    version: plugin.version,
    models,
  });
}

/** The images a step of each phase. */
const batchesOf = (workloads: Record<string, Workload>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(workloads).map(([phase, each]) => [phase, typeof each === "number" ? each : each.batch]),
  );

const flowOf = (model: Model, infers: boolean): DataFlow | null =>
  infers ? dataFlow(makeStep(model, { phase: "infer", size: "full", batch: 1 })) : null;
