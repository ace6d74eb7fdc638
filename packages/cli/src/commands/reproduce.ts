import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "@epochmark/schema";
import { benchCommand, exit, jsonOption, pluginOption, verboseOption } from "../command.ts";
import { showComparison } from "../compare-table.ts";
import { namedPlugin } from "../named-plugin.ts";
import { note, printJson } from "../terminal.ts";
import { WordError } from "../words.ts";

export const reproduce = benchCommand({
  definition: {
    meta: {
      name: "reproduce",
      description: "Measure the cases of a run file again with its seed, and say whether they agree",
    },
    args: {
      FILE: { type: "positional", description: "Run file" },
      out: {
        type: "string",
        valueHint: "folder",
        description: "Where the new records go; a temporary folder by default",
      },
      plugin: pluginOption,
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [path, ...others] = args._;
      if (others.length > 0) throw new WordError(`one file at a time: found "${others[0]}" too`);
      const { compareRuns } = await import("@epochmark/records");
      const { readRunFile } = await import("@epochmark/records/node");
      const { runBenchmark } = await import("@epochmark/runner");
      const file = await readRunFile(path!);
      const measured = file.cases.filter(({ summary }) => summary !== null);
      if (measured.length === 0) throw new WordError(`${path}: no case of it was measured`);
      const beside = measured.find(({ replicas }) => replicas > 1)?.replicas;
      if (beside !== undefined)
        throw new WordError(
          `${path}: measured on ${beside} GPUs at the same time: bench run --replicas measures so again`,
        );
      const out = args.out ?? (await mkdtemp(join(tmpdir(), "epochmark-reproduce-")));
      const plugins = await namedPlugin(args.plugin);
      const runs = [];
      for (const found of measured) {
        note(`${found.plugin}/${found.model} ${found.phase}, batch ${found.workload.batch}`);
        const { run } = await runBenchmark({ ...selectionOf(found), mode: file.mode, seed: file.seed, out, plugins });
        if (run.gpu.id !== file.gpu.id) note(`bench: this is ${run.gpu.name}, the file is of ${file.gpu.name}`);
        runs.push(run);
      }
      // Workload names may differ where the batch was given; the shapes are the same.
      const comparison = compareRuns([file], runs, ["batch"]);
      if (args.json) printJson({ out, ...comparison });
      else showComparison(comparison);
      note(`records  ${out}`);
      const agree =
        comparison.pairs.length === measured.length && comparison.pairs.every(({ ratio }) => !ratio.distinguishable);
      return agree ? exit.ok : exit.failed;
    },
  },
  examples: ["bench reproduce results/geforce-rtx-3090/2026-01-31-abc123def456.json"],
  exitCodes: [
    "0  every case agrees: its ratio is not distinguishable from 1",
    "1  a case differs, or is missing",
    "2  bad words or unreadable files",
  ],
});

/** The words that measure a case again. A named workload brings its own image size with it. */
function selectionOf({ plugin, model, phase, size, workload, engine, precision }: Case) {
  const named = workload.name === "small" || workload.name === "paper";
  return {
    models: [`${plugin}/${model}`],
    phases: [phase],
    size,
    engine: engine.id,
    device: engine.device,
    precision,
    ...(named ? { workload: workload.name } : { batch: workload.batch }),
    ...(engine.threads === null ? {} : { threads: engine.threads }),
  };
}
