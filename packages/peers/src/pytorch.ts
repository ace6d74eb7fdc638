import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PeersError } from "./errors.ts";
import type { Peer } from "./peers.ts";
import { run } from "./process.ts";
import type { LaunchRequest, LaunchResult, PhaseData } from "./side.ts";

const scripts = fileURLToPath(new URL("../python/", import.meta.url));

/** One line of a script's output: a sample, then what the process says about itself. */
type Line =
  | { sampleMs: number; steps: number }
  | { peakMiB: number | null; memoryMethod: string; software: string; operatorMs: Record<string, number> };

/**
 * One launch of a peer's script in a Python process of its own, on the given inputs.
 * @throws PeersError when the script fails, or its parameters are not this project's
 */
export async function launchPyTorch(
  python: string,
  peer: Peer,
  request: LaunchRequest,
  data: PhaseData,
): Promise<LaunchResult> {
  const { model, phase, threads, samples, signal } = request;
  const folder = await mkdtemp(join(tmpdir(), "epochmark-peers-"));
  const stepsMs: number[] = [];
  let end: Exclude<Line, { sampleMs: number }> | undefined;
  try {
    const job = await writeJob(folder, phase, data);
    await run(python, argumentsOf(peer, { model, threads, samples, job }), {
      ...(signal ? { signal } : {}),
      onLine: (line) => {
        if (!line.startsWith("{")) return;
        const record = JSON.parse(line) as Line;
        if ("sampleMs" in record) stepsMs.push(record.sampleMs / record.steps);
        else end = record;
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (!end || stepsMs.length === 0) throw new PeersError(`${peer.script} ended without a result`);
  return { stepsMs, ...end };
}

/** The inputs one after the other in a raw file, and a JSON file that says what is where. */
async function writeJob(folder: string, phase: string, { parameters, inputs }: PhaseData): Promise<string> {
  const data = join(folder, "inputs.bin");
  const job = join(folder, "job.json");
  let offset = 0;
  const rows = inputs.map(({ name, shape, data: array }) => {
    const row = [name, shape, dtypeOf(array), offset] as const;
    offset += array.byteLength;
    return row;
  });
  await writeFile(
    data,
    inputs.map(({ data: array }) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  );
  await writeFile(job, JSON.stringify({ phase, parameters, inputs: rows, data }));
  return job;
}

/** As NumPy calls it. */
function dtypeOf(array: PhaseData["inputs"][number]["data"]): string {
  return array instanceof Float32Array ? "float32" : array instanceof Int32Array ? "int32" : "uint32";
}

/** Writes what the peer's network computes, in float64, to a golden file. */
export async function writePyTorchGolden(
  python: string,
  peer: Peer,
  request: Pick<LaunchRequest, "model" | "threads" | "signal"> & { file: string },
): Promise<void> {
  const { model, threads, signal, file } = request;
  const options = signal ? { signal } : {};
  await run(python, argumentsOf(peer, { model, threads, golden: file }), options);
}

function argumentsOf(peer: Peer, options: Record<string, string | number>): string[] {
  return [
    join(scripts, peer.script),
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ];
}
