import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { scriptWords } from "@epochmark/script";
import { defaultVenv } from "./environment.ts";
import type { LaunchRequest } from "./side.ts";

export interface Words {
  /** As typed; none: one of each family. */
  models: string[];
  all: boolean;
  /** Both sides' numbers are compared instead of timed. */
  verify: boolean;
  /** All that a model has when not given. */
  phases?: LaunchRequest["phase"][];
  /** The model's own `small` workload when not given. */
  batch?: number;
  threads: number;
  rounds: number;
  samples: number;
  json: boolean;
  /** File for the table in Markdown. */
  markdown: string | undefined;
  venv: string;
  python: string | undefined;
}

const help = `Runs the papers' networks in PyTorch (eager, fp32) and here, in turn on the same inputs, and prints both and the ratio.

  pnpm run peers [MODEL...] [options]      (pnpm itself has a command called "peers": say "run")

  Without a model: one of each family. Both sides must have the same parameters before anything is timed.

  --all                 every model that has a peer
  --verify              compare outputs, losses, gradients and updates of both sides instead of timing them
  --phase PHASE         train, infer or online (TrTr's): one phase only (default: all that a model has)
  --batch N             images a step (default: the model's "small" workload, as in bench)
  --threads N           CPU threads of both sides (default: all usable, here ${availableParallelism()})
  --rounds N            launches of each side, in turn (default 3)
  --samples N           timed samples a launch (default 8)
  --markdown FILE       write the table as Markdown
  --json                everything measured, as JSON
  --venv FOLDER         Python environment (default: .cache/peers/venv; the first call installs it, minutes and 5 GB)
  --python PATH         interpreter to make it with (default: python3)

Examples
  pnpm run peers
  pnpm run peers deblurgan trtr --phase infer --threads 1 --rounds 5
  pnpm run peers deepvit-s --verify
  pnpm run peers --all --markdown peers.md`;

/** What the command line asks for; the process ends with one line where a word is not understood. */
export function readWords(): Words {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals, count, refuse } = scriptWords({
    name: "peers",
    help,
    takesWords: true,
    options: {
      phase: text,
      batch: text,
      threads: { ...text, default: String(availableParallelism()) },
      rounds: { ...text, default: "3" },
      samples: { ...text, default: "8" },
      markdown: text,
      venv: { ...text, default: defaultVenv },
      python: text,
      all: flag,
      verify: flag,
      json: flag,
    },
  });
  const { phase, all = false, verify = false, json = false, venv, markdown, python } = values;
  if (all && positionals.length > 0) refuse(`--all and "${positionals[0]}" were both given: say only one`);
  const phases = (["train", "infer", "online"] as const).filter((each) => phase === undefined || each === phase);
  if (phases.length === 0) refuse(`--phase "${phase}" is none of train, infer, online`);
  const some = (option: "batch" | "threads" | "rounds" | "samples"): number =>
    count(option) <= 10_000 ? count(option) : refuse(`--${option} "${values[option]}": say at most 10000`);
  return {
    models: positionals,
    all,
    verify,
    ...(phase !== undefined && { phases }),
    ...(values.batch !== undefined && { batch: some("batch") }),
    threads: some("threads"),
    rounds: some("rounds"),
    samples: some("samples"),
    json,
    markdown,
    venv: resolve(venv),
    python,
  };
}
