import { checkSameMath } from "./check.ts";
import type { Round } from "./compare.ts";
import { pythonEnvironment } from "./environment.ts";
import { launchEpochmark, resolveModel, softwareHere } from "./epochmark.ts";
import { PeersError } from "./errors.ts";
import { launchPyTorch } from "./pytorch.ts";
import { makeReport, printReport } from "./report.ts";
import type { LaunchRequest, LaunchResult } from "./side.ts";
import { type Words, help, parseWords } from "./words.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

/** Progress goes to standard error, so that standard output holds the result only. */
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

try {
  const words = parseWords(process.argv.slice(2));
  if (words) await compare(words);
  else process.stdout.write(`${help}\n`);
} catch (error) {
  if (!(error instanceof PeersError) && !interrupt.signal.aborted) throw error;
  say(interrupt.signal.aborted ? "interrupted: nothing was kept" : `error: ${(error as Error).message}`);
  process.exitCode = interrupt.signal.aborted ? 130 : (error as PeersError).exitCode;
}

async function compare(words: Words): Promise<void> {
  const { peer, batch, threads, samples, venv, python: interpreter } = words;
  const { signal } = interrupt;
  const { model, module } = await resolveModel(words.model);
  const python = await pythonEnvironment({ venv, say, signal, ...(interpreter ? { interpreter } : {}) });
  if (words.check) await check(python, words, model);
  const here = { module, software: await softwareHere() };
  const rounds = new Map<LaunchRequest["phase"], Round[]>(words.phases.map((phase) => [phase, []]));
  for (let round = 1; round <= words.rounds; round++)
    for (const [phase, done] of rounds) {
      const request = { model, phase, batch, threads, samples, signal };
      const pytorch = await launchPyTorch(python, peer, request);
      progress(round, phase, "PyTorch", pytorch);
      const epochmark = await launchEpochmark(here, request);
      progress(round, phase, "epochmark", epochmark);
      done.push({ pytorch, epochmark });
    }
  const report = makeReport(peer, { model, batch, threads }, rounds);
  process.stdout.write(`${words.json ? JSON.stringify(report, null, 2) : printReport(report)}\n`);
}

async function check(python: string, { peer, batch, threads }: Words, model: string): Promise<void> {
  say("comparing outputs, losses, gradients and updates with PyTorch in float64");
  const { passed, lines } = await checkSameMath(python, peer, { model, batch, threads, signal: interrupt.signal });
  for (const line of lines) say(`  ${line}`);
  if (!passed) throw new PeersError(`${model} here and in PyTorch do not compute the same: times would mean nothing`);
}

function progress(round: number, phase: string, side: string, { stepsMs, peakMiB }: LaunchResult): void {
  const times = stepsMs.map((ms) => ms.toFixed(0)).join(" ");
  say(`round ${round} ${phase} ${side}: ${times} ms, peak ${peakMiB?.toFixed(0) ?? "unknown"} MiB`);
}
