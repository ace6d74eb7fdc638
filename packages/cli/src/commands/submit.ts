import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RunFile } from "@epochmark/schema";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { colors, print, printJson } from "../terminal.ts";
import { WordError } from "../words.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));

export const submit = benchCommand({
  definition: {
    meta: {
      name: "submit",
      description: "Check a run file and put it, alone, on a branch for a pull request; sends nothing",
    },
    args: {
      FILE: { type: "positional", description: "Run file" },
      repository: {
        type: "string",
        valueHint: "folder",
        description: "Checkout that gets the branch; this one by default",
      },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [path, ...others] = args._;
      if (others.length > 0) throw new WordError(`one file at a time: found "${others[0]}" too`);
      const { formatProblem, runFilePath, validateRunFile } = await import("@epochmark/records");
      const { readRunFile } = await import("@epochmark/records/node");
      const file = await readRunFile(path!);
      const { problems, warnings } = await validateRunFile(file, { path: path! });
      if (problems.length > 0) throw new WordError(formatProblem(path!, problems[0]!));
      if (file.finishedAt === null)
        throw new WordError(`${path}: the run was not finished: bench --resume goes on with it`);
      const place = `results/${runFilePath(file)}`;
      const branch = `results-${file.id}`;
      await commitAlone(args.repository ?? root, path!, place, branch, titleOf(file));
      const steps = stepsOf(branch, file);
      if (args.json)
        printJson({ branch, file: place, warnings: warnings.map((warning) => formatProblem(path!, warning)), steps });
      else {
        print(`${colors.green("ready")}    branch ${branch} holds ${place} and nothing else`);
        for (const warning of warnings) print(`${colors.yellow("odd")}      ${formatProblem(path!, warning)}`);
        for (const step of steps) print(`${colors.dim("next")}     ${step}`);
      }
      return exit.ok;
    },
  },
  examples: ["bench submit results/geforce-rtx-3090/2026-01-31-abc123def456.json"],
  exitCodes: ["0  the branch is there; nothing has left this machine", "2  the file is not valid, or git refused"],
});

const titleOf = ({ gpu, mode, cases }: RunFile): string =>
  `Results of ${gpu.name}: ${cases.length} ${cases.length === 1 ? "case" : "cases"}, ${mode}`;

const stepsOf = (branch: string, file: RunFile): string[] => [
  `git push <your fork> ${branch}`,
  `open a pull request from ${branch}, titled "${titleOf(file)}"`,
  "its check reads the file with the validator of the main branch and allows no other change",
];

/** A commit of one added file on top of the main branch, made beside the checkout: what lies in it stays as it is. */
async function commitAlone(
  repository: string,
  source: string,
  place: string,
  branch: string,
  title: string,
): Promise<void> {
  const content = await readFile(source);
  const folder = await mkdtemp(join(tmpdir(), "epochmark-submit-"));
  const git = (at: string, ...words: string[]) => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
    return run("git", ["-C", at, ...words], { env }).catch((error: { stderr?: string; message: string }) => {
      throw new WordError(`git ${words[0]}: ${(error.stderr || error.message).trim().split("\n").at(-1)}`);
    });
  };
  try {
    const base = await git(repository, "rev-parse", "--verify", "--quiet", "origin/HEAD").catch(() =>
      git(repository, "rev-parse", "HEAD"),
    );
    await git(repository, "worktree", "add", "--quiet", "-b", branch, join(folder, "tree"), base.stdout.trim());
    const tree = join(folder, "tree");
    await mkdir(dirname(join(tree, place)), { recursive: true });
    await writeFile(join(tree, place), content);
    await git(tree, "add", "--", place);
    const { stdout } = await git(tree, "status", "--porcelain");
    if (stdout.trim() === "") throw new WordError(`${place} is in the repository already`);
    await git(tree, "commit", "--quiet", "--no-verify", "-m", title);
  } finally {
    await git(repository, "worktree", "remove", "--force", join(folder, "tree")).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
