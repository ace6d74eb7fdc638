import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultVenv } from "./environment.ts";
import { PeersError } from "./errors.ts";
import { type Peer, peers } from "./peers.ts";
import type { LaunchRequest } from "./side.ts";

export interface Words {
  peer: Peer;
  /** As typed; the peer's own when not. */
  model: string;
  phases: LaunchRequest["phase"][];
  batch: number;
  threads: number;
  rounds: number;
  samples: number;
  check: boolean;
  json: boolean;
  venv: string;
  python: string | undefined;
}

export const help = `Runs a paper's network in PyTorch (official code, eager, fp32) and here, in turn, and prints both and the ratio.

  pnpm peers <${Object.keys(peers).join(" | ")}> [options]

  --phase train|infer   one phase only (default: both)
  --batch N             images a step (default: the peer's own; vit 8)
  --threads N           CPU threads of both sides (default: all usable, here ${availableParallelism()})
  --rounds N            launches of each side, in turn (default 3)
  --samples N           timed samples a launch (default 8)
  --model NAME          another model of the same paper, e.g. vit-tiny-patch16-224
  --check               first compare outputs, losses, gradients and updates of both sides
  --json                everything measured, as JSON
  --venv FOLDER         Python environment (default: .cache/peers/venv; the first call installs it, minutes and 5 GB)
  --python PATH         interpreter to make it with (default: python3)

Examples
  pnpm peers vit
  pnpm peers vit --phase infer --threads 1 --rounds 5
  pnpm peers vit --model vit-tiny-patch16-224 --batch 2 --check`;

/** What the command line asks for; null when it asks for help. @throws PeersError on a word that is not understood */
export function parseWords(argv: string[]): Words | null {
  const { values, positionals } = parse(argv);
  if (values.help || positionals.length === 0) return null;
  const [name = "", ...more] = positionals;
  const peer = Object.hasOwn(peers, name) ? peers[name] : undefined;
  if (!peer) throw wrong(`there is no peer "${name}": use ${Object.keys(peers).join(" or ")}`);
  if (more.length > 0) throw wrong(`one peer at a time: "${more[0]}" is one too many`);
  return {
    peer,
    model: values.model ?? peer.model,
    phases: phasesOf(values.phase),
    batch: count("batch", values.batch, peer.batch),
    threads: count("threads", values.threads, availableParallelism()),
    rounds: count("rounds", values.rounds, 3),
    samples: count("samples", values.samples, 8),
    check: values.check ?? false,
    json: values.json ?? false,
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
        model: text,
        venv: text,
        python: text,
        check: flag,
        json: flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (cause) {
    throw wrong(`${(cause as Error).message.split(/\. |\n/)[0]}; see pnpm peers --help`);
  }
}

function phasesOf(word: string | undefined): LaunchRequest["phase"][] {
  if (word === undefined) return ["train", "infer"];
  if (word === "train" || word === "infer") return [word];
  throw wrong(`--phase "${word}" is neither train nor infer`);
}

function count(name: string, word: string | undefined, otherwise: number): number {
  if (word === undefined) return otherwise;
  const value = Number(word);
  if (!/^\d+$/.test(word) || value < 1 || value > 10_000)
    throw wrong(`--${name} "${word}" is not a whole number from 1 to 10000`);
  return value;
}

const wrong = (message: string): PeersError => new PeersError(message, { exitCode: 2 });
