import type { Model, Workload } from "@epochmark/plugin-kit";
import type { ModelManifest, Phase } from "@epochmark/schema";
import { benchCommand, exit, jsonOption, pluginOption, verboseOption } from "../command.ts";
import { namedPlugin } from "../named-plugin.ts";
import { colors, note, print, printJson, printTable } from "../terminal.ts";

interface Row extends ModelManifest {
  /** `plugin/model`, as `bench run` takes it. */
  model: string;
  default: boolean;
  workloads: Model["workloads"];
  /** FLOPs an image by phase, counted on the traced step; null where it was not asked for. */
  flopsPerImage: Partial<Record<Phase, number>> | null;
}

export const list = benchCommand({
  definition: {
    meta: { name: "list", description: "Models that can be run: phases, parameters, workloads, recipe" },
    args: {
      cost: { type: "boolean", description: "Count the FLOPs of each step too (traces every model: slow)" },
      plugin: pluginOption,
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const { discoverPlugins } = await import("@epochmark/runner");
      const { plugins, errors } = await discoverPlugins(undefined, await namedPlugin(args.plugin));
      const rows: Row[] = [];
      for (const { plugin, manifest } of plugins)
        for (const model of plugin.models)
          rows.push({
            ...manifest.models.find(({ id }) => id === model.id)!,
            model: `${plugin.id}/${model.id}`,
            default: plugin.defaultModel === model.id,
            workloads: model.workloads,
            flopsPerImage: args.cost ? await flopsPerImage(model) : null,
          });
      if (args.json) printJson(rows);
      else show(rows);
      for (const error of errors) note(`bench: ${error.message}`);
      return errors.length === 0 ? exit.ok : exit.failed;
    },
  },
  examples: ["bench list", "bench list --cost", "bench list --json"],
  exitCodes: ["0  every plugin can be used", "1  a plugin folder cannot be used", "2  bad words"],
});

async function flopsPerImage(model: Model): Promise<Row["flopsPerImage"]> {
  const { compile } = await import("@epochmark/compiler");
  const { makeStep } = await import("@epochmark/plugin-kit");
  const counted = Object.entries(model.workloads.small).map(([name, workload]) => {
    const phase = name as Phase;
    const batch = batchOf(workload);
    return [phase, compile(makeStep(model, { phase, size: "full", batch })).cost.flops / batch];
  });
  return Object.fromEntries(counted);
}

function show(rows: readonly Row[]): void {
  const withCost = rows.some(({ flopsPerImage: flops }) => flops !== null);
  const columns = [
    { title: "model" },
    { title: "phases" },
    { title: "parameters", align: "right" as const },
    ...(withCost ? [{ title: "GFLOPs an image", align: "right" as const }] : []),
    { title: "batch small" },
    { title: "batch paper" },
    { title: "recipe" },
  ];
  printTable(
    columns,
    rows.map((row) => [
      row.default ? colors.bold(row.model) : row.model,
      row.phases.join(", "),
      row.parameters.toLocaleString("en"),
      ...(withCost ? [byPhase(row.phases, row.flopsPerImage ?? {}, (flops) => (flops / 1e9).toPrecision(4))] : []),
      byPhase(row.phases, row.workloads.small, (workload) => String(batchOf(workload))),
      byPhase(row.phases, row.workloads.paper, (workload) => String(batchOf(workload))),
      recipeLine(row.recipe),
    ]),
  );
  const defaults = rows.filter((row) => row.default).map((row) => row.model);
  if (defaults.length > 0) print(`\nA plain bench runs ${defaults.join(", ")}.`);
}

const batchOf = (workload: Workload): number => (typeof workload === "number" ? workload : workload.batch);

function byPhase<T>(phases: readonly Phase[], values: Partial<Record<Phase, T>>, format: (value: T) => string): string {
  return phases.map((phase) => (values[phase] === undefined ? "-" : format(values[phase]))).join(" / ");
}

function recipeLine(recipe: ModelManifest["recipe"]): string {
  if (!recipe) return "-";
  return `${recipe.dataset}, ${recipe.epochs} epochs, batch ${recipe.batch}`;
}
