import { writeFile } from "node:fs/promises";
import { checkSameMath } from "./check.ts";
import type { Round } from "./compare.ts";
import { pythonEnvironment } from "./environment.ts";
import { launchEpochmark, type PeerCase, planPeers, softwareHere } from "./epochmark.ts";
import { PeersError } from "./errors.ts";
import { launchPyTorch } from "./pytorch.ts";
import { makeReport, markdownReport, printReport } from "./report.ts";
import type { LaunchResult } from "./side.ts";
import { readWords, type Words } from "./words.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

/** Progress goes to standard error, so that standard output holds the result only. */
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

try {
  await compare(readWords());
} catch (error) {
  if (!(error instanceof PeersError) && !interrupt.signal.aborted) throw error;
  say(interrupt.signal.aborted ? "interrupted: nothing was kept" : `error: ${(error as Error).message}`);
  process.exitCode = interrupt.signal.aborted ? 130 : (error as PeersError).exitCode;
}

async function compare(words: Words): Promise<void> {
  const { threads, rounds, samples, venv, python: interpreter } = words;
  const { signal } = interrupt;
  const cases = await planPeers(words);
  const python = await pythonEnvironment({ venv, say, signal, ...(interpreter ? { interpreter } : {}) });
  if (words.verify) return verify(python, cases, threads);
  const software = await softwareHere();
  const rows = cases.map((one) => ({ ...one, rounds: [] as Round[] }));
  for (let round = 1; round <= rounds; round++)
    for (const { peer, planned, data, rounds: done, ...one } of rows) {
      const request = { ...one, threads, samples, signal };
      const pytorch = await launchPyTorch(python, peer, request, await data());
      progress(round, one, "PyTorch", pytorch);
      const epochmark = await launchEpochmark({ planned, software }, request);
      progress(round, one, "epochmark", epochmark);
      done.push({ pytorch, epochmark });
    }
  const report = makeReport(
    threads,
    rows.map(({ model, phase, batch, peer: { origin }, rounds: done }) => ({
      model,
      phase,
      batch,
      origin,
      rounds: done,
    })),
  );
  if (words.markdown !== undefined) await writeFile(words.markdown, markdownReport(report));
  process.stdout.write(`${words.json ? JSON.stringify(report, null, 2) : printReport(report)}\n`);
}

/** Every model once, whatever its phases. */
async function verify(python: string, cases: PeerCase[], threads: number): Promise<void> {
  const failed: string[] = [];
  const trained = cases.filter(({ phase }) => phase !== "online");
  for (const [model, [one]] of Map.groupBy(trained, (each) => each.model)) {
    say(`${model}: outputs, losses, gradients and updates beside PyTorch's in float64`);
    const { passed, lines } = await checkSameMath(python, one!.peer, { model, threads, signal: interrupt.signal });
    for (const line of lines) process.stdout.write(`${model} ${line}\n`);
    if (!passed) failed.push(model);
  }
  if (failed.length > 0) throw new PeersError(`not the same here and in PyTorch: ${failed.join(", ")}`);
}

function progress(
  round: number,
  { model, phase }: { model: string; phase: string },
  side: string,
  { stepsMs, peakMiB }: LaunchResult,
): void {
  const times = stepsMs.map((ms) => ms.toFixed(0)).join(" ");
  say(`round ${round} ${model} ${phase} ${side}: ${times} ms, peak ${peakMiB?.toFixed(0) ?? "unknown"} MiB`);
}
