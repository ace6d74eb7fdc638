import { profile } from "@epochmark/compiler";
import { type BuildRequest, makeStep, type Model } from "@epochmark/plugin-kit";
import { discoverPlugins, type FoundPlugin } from "@epochmark/runner";
import { type CostProfile, CostTable, costTableVersion, type Phase } from "@epochmark/schema";
import { references, referenceStep } from "./reference/index.ts";

/** One model's phase whose cost can be counted. */
export interface Countable {
  model: string;
  phase: Phase;
  count(): CostProfile;
}

/** Every phase of every plugin's models at full size, then of the reference networks. @throws when a plugin cannot be used */
export async function countables(): Promise<Countable[]> {
  return [...(await usablePlugins()).flatMap(phasesOf), ...referencePhases()];
}

async function usablePlugins(): Promise<FoundPlugin[]> {
  const { plugins, errors } = await discoverPlugins();
  if (errors[0]) throw errors[0];
  return plugins;
}

const phasesOf = ({ plugin, manifest }: FoundPlugin): Countable[] =>
  plugin.models.flatMap((model) => {
    const path = `${plugin.id}/${model.id}`;
    const { phases } = manifest.models.find(({ id }) => id === model.id)!;
    return phases.map((phase) => ({
      model: path,
      phase,
      count: () => ({
        model: path,
        phase,
        ...profile((batch) => makeStep(model, { ...paperBuild(model, phase), phase, size: "full", batch })),
      }),
    }));
  });

/** What the paper's workload of a phase asks to be built (its crop); most ask nothing. */
function paperBuild({ workloads }: Model, phase: Phase): BuildRequest {
  const workload = workloads.paper[phase];
  return typeof workload === "object" ? workload.build : {};
}

const referencePhases = (): Countable[] =>
  references.flatMap((reference) =>
    (["infer", "train"] as const).map((phase) => ({
      model: `reference/${reference.id}`,
      phase,
      count: () => ({
        model: `reference/${reference.id}`,
        phase,
        ...profile((batch) => referenceStep(reference, phase, batch)),
      }),
    })),
  );

/** The table as it is written: one profile a line, so that a change of one model is one line of a diff. */
export function tableText(rows: readonly CostProfile[]): string {
  const table = CostTable.parse({ schemaVersion: costTableVersion, rows });
  return lines(`{ "schemaVersion": ${table.schemaVersion}, "rows": [`, table.rows, "] }");
}

const lines = (open: string, values: readonly object[], close: string): string =>
  `${open}\n${values.map((value) => JSON.stringify(value)).join(",\n")}\n${close}\n`;
