import { benchCommand, exit, jsonOption, resumeOption, verboseOption } from "../command.ts";
import { measure } from "../measure.ts";

export const measuringExitCodes = [
  `${exit.ok}    measured`,
  `${exit.failed}    no case could be measured`,
  `${exit.misused}    bad words or unreadable files; nothing was written`,
  "130  Ctrl-C; what was measured is kept",
];

export const bench = benchCommand({
  definition: {
    meta: {
      name: "bench",
      description: "Which GPU does this paper need? Measures each family's default model on the best device here",
    },
    args: {
      fast: { type: "boolean", description: "One launch a case: a look, not ranked" },
      resume: resumeOption,
      json: jsonOption,
      verbose: verboseOption,
    },
    run: ({ args }) => measure({ mode: args.fast ? "fast" : "ranked", resume: args.resume }, args.json ?? false),
  },
  examples: [
    "pnpm bench                    train step and inference, ranked, within 5 minutes",
    "pnpm bench --fast             one launch each",
    "pnpm bench --resume           go on where a run was ended",
    "pnpm bench run vit --size tiny",
    "pnpm bench --version",
  ],
  exitCodes: measuringExitCodes,
});
