import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BuildRequest } from "@epochmark/plugin-kit";

/** A model's tiny size on one engine. */
export interface Asked {
  engine: string;
  device: string;
  model: string;
  batch: number;
  build: BuildRequest;
  /** Of weights and batches. Default: 1. */
  seed?: number;
  learningRate: number;
  steps: number;
}

export interface Told {
  /** Of every step, by term. */
  losses: Record<string, number>[];
  /** Nodes by the provider that they ran on, and operations that should have run elsewhere. */
  placement: Record<string, number>;
  strays: Record<string, number>;
}

const script = fileURLToPath(new URL("losses-child.ts", import.meta.url));
/** Processes at a time: each computes in one thread. */
const places = 2;
const waiting: (() => void)[] = [];
let running = 0;

/** The losses of some train steps, computed in a process of its own: two run at a time. @throws the child's own error */
export async function lossesOn(asked: Asked): Promise<Told> {
  if (running === places) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await run(asked);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function run(asked: Asked): Promise<Told> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, JSON.stringify(asked)], (error, stdout, stderr) => {
      if (error) reject(new Error(`${asked.model} on ${asked.engine} ${asked.device}: ${stderr.trim().slice(-1000)}`));
      // Libraries may print before it.
      else resolve(JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1)) as Told);
    });
  });
}
