import { access, constants, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Peer } from "@epochmark/records";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { colors, print, printJson } from "../terminal.ts";
import { WordError } from "../words.ts";

interface Verdict {
  file: string;
  valid: boolean;
  /** `file: path: what was expected`, one line each. */
  problems: string[];
  warnings: string[];
}

export const validate = benchCommand({
  definition: {
    meta: {
      name: "validate",
      description: "Check run files: form, content hash, summaries recomputed from raw samples, physics",
    },
    args: {
      PATH: { type: "positional", description: "Run files, or folders of them" },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const { findRunFiles } = await import("@epochmark/records/node");
      const files = await findRunFiles(args._);
      if (files.length === 0) throw new WordError(`no run file (*.json) under ${args._.join(", ")}`);
      for (const file of files)
        await access(file, constants.R_OK).catch(() => {
          throw new WordError(`${file}: no permission to read it`);
        });
      const verdicts = await judgeAll(files);
      if (args.json) printJson(verdicts);
      else verdicts.forEach(show);
      return verdicts.every(({ valid }) => valid) ? exit.ok : exit.failed;
    },
  },
  examples: ["bench validate results", "bench validate results/geforce-rtx-3090/2026-01-31-abc123def456.json"],
  exitCodes: ["0  every record is valid", "1  a record is not", "2  bad words or unreadable files"],
});

/** Each file by itself, and against those beside it, which are of the same GPU. */
async function judgeAll(files: readonly string[]): Promise<Verdict[]> {
  const { formatProblem, heldAgainst, peersOf, RecordError, validateRunFile } = await import("@epochmark/records");
  const { readRunFile } = await import("@epochmark/records/node");
  const beside = new Map<string, Peer[]>();
  const verdicts: Verdict[] = [];
  for (const file of files)
    try {
      const record = await readRunFile(file);
      const { problems, warnings } = await validateRunFile(record, { path: file });
      if (problems.length === 0) {
        const found = heldAgainst(record, await peersIn(dirname(file)));
        problems.push(...found.problems);
        warnings.push(...found.warnings);
      }
      const lines = (found: typeof problems) => found.map((problem) => formatProblem(file, problem));
      verdicts.push({ file, valid: problems.length === 0, problems: lines(problems), warnings: lines(warnings) });
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      const problems = error.problems.map((problem) => formatProblem(file, problem));
      verdicts.push({ file, valid: false, problems, warnings: [] });
    }
  return verdicts;

  /** Of a folder's records those that can be read, which are read once. */
  async function peersIn(folder: string): Promise<Peer[]> {
    const known = beside.get(folder);
    if (known) return known;
    const peers: Peer[] = [];
    for (const name of (await readdir(folder)).filter((each) => each.endsWith(".json")))
      peers.push(...(await readRunFile(join(folder, name)).then(peersOf, () => [])));
    beside.set(folder, peers);
    return peers;
  }
}

function show({ file, valid, problems, warnings }: Verdict): void {
  if (valid) print(`${colors.green("valid")}    ${file}`);
  for (const problem of problems) print(`${colors.red("invalid")}  ${problem}`);
  for (const warning of warnings) print(`${colors.yellow("odd")}      ${warning}`);
}
