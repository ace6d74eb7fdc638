import type { ModelSummary } from "@epochmark/schema";
import { papers } from "./papers.ts";

/** Every model of every plugin with its phases, workloads and the paper's recipe, under its path. */
export const models: readonly ModelSummary[] = papers.flatMap(({ id: plugin, defaultModel, version, models: own }) =>
  own.map(({ flow: _flow, ...model }) => ({
    ...model,
    id: `${plugin}/${model.id}`,
    version,
    default: model.id === defaultModel,
  })),
);
