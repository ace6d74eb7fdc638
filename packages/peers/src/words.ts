import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultVenv } from "./environment.ts";
import { PeersError } from "./errors.ts";
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

export const help = `Runs the papers' networks in PyTorch (eager, fp32) and here, in turn on the same inputs, and prints both and the ratio.

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

/** What the command line asks for; null when it asks for help. @throws PeersError on a word that is not understood */
export function parseWords(argv: string[]): Words | null {
  const { values, positionals } = parse(argv);
  if (values.help) return null;
  if (values.all && positionals.length > 0) throw wrong(`--all and "${positionals[0]}" were both given: say only one`);
  return {
    models: positionals,
    all: values.all ?? false,
    verify: values.verify ?? false,
    ...(values.phase !== undefined && { phases: [phaseOf(values.phase)] }),
    ...(values.batch !== undefined && { batch: count("batch", values.batch, 1) }),
    threads: count("threads", values.threads, availableParallelism()),
    rounds: count("rounds", values.rounds, 3),
    samples: count("samples", values.samples, 8),
    json: values.json ?? false,
    markdown: values.markdown,
    venv: values.venv === undefined ? defaultVenv : resolve(values.venv),
    python: values.python,
  };
}

function parse(argv: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        phase: text,
        batch: text,
        threads: text,
        rounds: text,
        samples: text,
        markdown: text,
        venv: text,
        python: text,
        all: flag,
        verify: flag,
        json: flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (cause) {
    throw wrong(`${(cause as Error).message.split(/\. |\n/)[0]}; see pnpm run peers --help`);
  }
}

function phaseOf(word: string): LaunchRequest["phase"] {
  const phases = ["train", "infer", "online"] as const;
  const phase = phases.find((each) => each === word);
  if (!phase) throw wrong(`--phase "${word}" is none of ${phases.join(", ")}`);
  return phase;
}

function count(name: string, word: string | undefined, otherwise: number): number {
  if (word === undefined) return otherwise;
  const value = Number(word);
  if (!/^\d+$/.test(word) || value < 1 || value > 10_000)
    throw wrong(`--${name} "${word}" is not a whole number from 1 to 10000`);
  return value;
}

const wrong = (message: string): PeersError => new PeersError(message, { exitCode: 2 });
