import { basename } from "node:path";
import type { Check, GoldenReport } from "@epochmark/runner";
import { benchCommand, exit, jsonOption, pluginOption, targetOptions, verboseOption } from "../command.ts";
import { namedPlugin } from "../named-plugin.ts";
import { colors, print, printJson, printTable } from "../terminal.ts";
import { wholeNumber } from "../words.ts";

export const golden = benchCommand({
  definition: {
    meta: { name: "golden", description: "Check a model's numbers against those of its official implementation" },
    args: {
      FILE: { type: "positional", description: "Golden files: what to build, and the expected numbers" },
      dump: {
        type: "string",
        valueHint: "folder",
        description: "Write the raw tensors as <folder>/<file>.safetensors",
      },
      plugin: pluginOption,
      ...targetOptions,
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const { runGolden } = await import("@epochmark/runner");
      const { dump, engine, device } = args;
      const threads = wholeNumber("threads", args.threads, { from: 1, to: 1024 });
      const plugins = await namedPlugin(args.plugin);
      const reports: GoldenReport[] = [];
      for (const file of args._) {
        const report = await runGolden(file, { engine, device, threads, dump, plugins });
        reports.push(report);
        if (!args.json) show(report);
      }
      if (args.json) printJson(reports);
      return reports.every(({ passed }) => passed) ? exit.ok : exit.failed;
    },
  },
  examples: [
    "bench golden plugins/vit/goldens/vit_tiny_patch16_224.json",
    "bench golden plugins/*/goldens/*.json --json",
    "bench golden vit_tiny_patch16_224.json --dump tensors",
  ],
  exitCodes: ["0  everything is within the tolerances", "1  something is not", "2  bad words or unreadable files"],
});

function show(report: GoldenReport): void {
  const { file, model, engine, device, checks, dump } = report;
  print(`${colors.bold(file)}: ${model} on ${engine} ${device}`);
  const columns = [
    { title: "quantity" },
    { title: "relative error", align: "right" },
    { title: "tolerance", align: "right" },
    { title: "" },
  ] as const;
  printTable(columns, checks.map(row));
  const judged = checks.filter(({ status }) => status !== "info");
  const failed = judged.filter(({ status }) => status === "fail");
  const verdict = failed.length === 0 ? colors.green("pass") : colors.red("FAIL");
  print(
    `${verdict}: ${judged.length - failed.length} of ${judged.length} quantities of ${basename(file)} within tolerance`,
  );
  if (dump) print(`tensors written to ${dump}`);
}

const paint: Record<Check["status"], (text: string) => string> = {
  pass: colors.green,
  fail: colors.red,
  info: colors.dim,
};

function row({ name, error, tolerance, status, note }: Check): string[] {
  return [name, scientific(error), scientific(tolerance), paint[status](status) + (note ? ` (${note})` : "")];
}

const scientific = (value: number | null): string => (value === null ? "-" : value.toExponential(2));
