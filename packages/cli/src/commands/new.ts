import { relative } from "node:path";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { colors, print, printJson } from "../terminal.ts";
import { WordError } from "../words.ts";

export const create = benchCommand({
  definition: {
    meta: { name: "new", description: "Begin a plugin for another paper: a folder that runs as it is" },
    args: {
      ID: { type: "positional", description: "Id of the plugin, and of its first model" },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [id, ...others] = args._;
      if (others.length > 0) throw new WordError(`one plugin at a time: found "${others[0]}" too`);
      const { scaffold } = await import("@epochmark/runner");
      const folder = relative("", await scaffold(id!));
      if (args.json) printJson({ folder });
      else show(id!, folder);
      return exit.ok;
    },
  },
  examples: ["bench new my-paper"],
  exitCodes: ["0  the folder was made", "2  a bad id, or one that is taken; nothing was written"],
});

function show(id: string, folder: string): void {
  print(`made     ${folder}`);
  const next: [string, string][] = [
    [`pnpm bench run ${id} --size tiny --mode fast`, "it runs already"],
    [`${folder}/src/network.ts`, "write the paper's network and its whole train step here"],
    [`pnpm checks ${id}`, "then keep what its tiny size computes"],
    ["pnpm papers && pnpm tables", "and bring the catalogue up to date"],
  ];
  for (const [what, why] of next) print(`${colors.dim("next")}     ${colors.cyan(what)}  ${why}`);
}
