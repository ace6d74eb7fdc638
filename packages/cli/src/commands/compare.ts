import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunFile } from "@epochmark/schema";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { showComparison } from "../compare-table.ts";
import { printJson } from "../terminal.ts";
import { WordError, list } from "../words.ts";

const results = fileURLToPath(new URL("../../../../results/", import.meta.url));

export const compare = benchCommand({
  definition: {
    meta: { name: "compare", description: "How many times faster B is than A, case by case, with intervals" },
    args: {
      A: { type: "positional", description: "Run file, folder of them, or GPU id" },
      B: { type: "positional", description: "The other one" },
      unlike: {
        type: "string",
        valueHint: "precision,batch,engine",
        description: "Compare though these differ; refused by default",
      },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const { allowances, compareRuns } = await import("@epochmark/records");
      const [a, b, ...others] = args._;
      if (others.length > 0) throw new WordError(`two sides are compared: found "${others[0]}" too`);
      const allowed = (list(args.unlike) ?? []).map((word) => {
        const found = allowances.find((each) => each === word);
        if (!found) throw new WordError(`--unlike "${word}": say ${allowances.join(", ")}`);
        return found;
      });
      const comparison = compareRuns(await runsOf(a!), await runsOf(b!), allowed);
      if (comparison.pairs.length === 0)
        throw new WordError(
          `${a} and ${b} have no case in common: --unlike ${allowances.join(",")} compares unlike ones`,
        );
      if (args.json) printJson(comparison);
      else showComparison(comparison);
      return exit.ok;
    },
  },
  examples: [
    "bench compare geforce-rtx-3090 tesla-t4",
    "bench compare results/a/2026-01-31-abc123def456.json results/b",
    "bench compare a.json b.json --unlike engine",
  ],
  exitCodes: ["0  compared", "2  bad words, unreadable files, or nothing in common"],
});

/** The records that a word names: a path, else the id of a GPU under results/. */
async function runsOf(word: string): Promise<RunFile[]> {
  const { findRunFiles, readRunFile } = await import("@epochmark/records/node");
  const isPath = await stat(word).then(
    () => true,
    () => false,
  );
  const looksLikeId = /^[a-z0-9-]+$/.test(word);
  const files = await findRunFiles([isPath || !looksLikeId ? word : join(results, word)]);
  if (files.length === 0) throw new WordError(`no run file (*.json) under ${word}`);
  return Promise.all(files.map((file) => readRunFile(file)));
}
