import { readFile } from "node:fs/promises";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { print, printJson } from "../terminal.ts";
import { WordError } from "../words.ts";

export const migrate = benchCommand({
  definition: {
    meta: {
      name: "migrate",
      description: "Rewrite run files of an older version as this version; keeps what they say",
    },
    args: {
      PATH: { type: "positional", description: "Run files, or folders of them" },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const { formatRunFile, migrateRunFile } = await import("@epochmark/records");
      const { findRunFiles, writeAtomically } = await import("@epochmark/records/node");
      const files = await findRunFiles(args._);
      if (files.length === 0) throw new WordError(`no run file (*.json) under ${args._.join(", ")}`);
      const rewritten: string[] = [];
      for (const file of files) {
        const before = await readFile(file, "utf8");
        const after = formatRunFile(await migrateRunFile(before, file));
        if (after === before) continue;
        await writeAtomically(file, after);
        rewritten.push(file);
      }
      if (args.json) printJson({ rewritten });
      else print(rewritten.length === 0 ? "all records are of this version" : rewritten.join("\n"));
      return exit.ok;
    },
  },
  examples: ["bench migrate results"],
  exitCodes: [
    "0  all are of this version now",
    "2  bad words, or a file that is no record; those before it are rewritten",
  ],
});
