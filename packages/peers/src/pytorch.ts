import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PeersError } from "./errors.ts";
import type { Peer } from "./peers.ts";
import { run } from "./process.ts";
import type { LaunchRequest, LaunchResult } from "./side.ts";

const scripts = fileURLToPath(new URL("../python/", import.meta.url));

/** One line of a script's output: a sample, then what the process says about itself. */
type Line = { sampleMs: number; steps: number } | { peakMiB: number | null; memoryMethod: string; software: string };

/** One launch of a peer's script in a Python process of its own. @throws PeersError when the script fails */
export async function launchPyTorch(python: string, peer: Peer, request: LaunchRequest): Promise<LaunchResult> {
  const stepsMs: number[] = [];
  const { model, phase, batch, threads, samples, signal } = request;
  let end: Exclude<Line, { sampleMs: number }> | undefined;
  await run(python, argumentsOf(peer, { model, batch, threads, phase, samples }), {
    ...(signal ? { signal } : {}),
    onLine: (line) => {
      if (!line.startsWith("{")) return;
      const record = JSON.parse(line) as Line;
      if ("sampleMs" in record) stepsMs.push(record.sampleMs / record.steps);
      else end = record;
    },
  });
  if (!end || stepsMs.length === 0) throw new PeersError(`${peer.script} ended without a result`);
  return { stepsMs, peakMiB: end.peakMiB, memoryMethod: end.memoryMethod, software: end.software };
}

/** Writes what the peer's network computes, in float64, to a golden file. */
export async function writePyTorchGolden(
  python: string,
  peer: Peer,
  request: Pick<LaunchRequest, "model" | "batch" | "threads" | "signal"> & { file: string },
): Promise<void> {
  const { model, batch, threads, signal, file } = request;
  const options = signal ? { signal } : {};
  await run(python, argumentsOf(peer, { model, batch, threads, golden: file }), options);
}

function argumentsOf(peer: Peer, options: { model: string } & Record<string, string | number>): string[] {
  // `vit/vit-small-patch16-224` is `vit_small_patch16_224` in PyTorch.
  const model = options.model.slice(options.model.indexOf("/") + 1).replaceAll("-", "_");
  const words = Object.entries({ ...options, model }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return [join(scripts, peer.script), ...words];
}
