import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { PeersError } from "./errors.ts";

export interface RunOptions {
  signal?: AbortSignal;
  /** Called with every line of standard output. */
  onLine?: (line: string) => void;
}

/**
 * Runs a program to its end and returns its standard output.
 * @throws PeersError with the last line it said when it fails or cannot be started
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { signal, onLine } = options;
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // Nothing of ours is written beside the scripts.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    ...(signal ? { signal, killSignal: "SIGKILL" as const } : {}),
  });
  const output: string[] = [];
  let lastWords = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    output.push(line);
    onLine?.(line);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.trim()) lastWords = line.trim();
  });
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit, by) => resolve(by ?? exit));
  }).catch((cause: NodeJS.ErrnoException) => {
    if (signal?.aborted) throw cause;
    throw new PeersError(`${command} could not be started (${cause.code ?? cause.message})`, { cause });
  });
  if (code !== 0) throw new PeersError(`${command} ended with ${code}: ${lastWords || "it said nothing"}`);
  return output.join("\n");
}
