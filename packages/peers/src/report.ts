import { cpus, platform, release } from "node:os";
import Table from "cli-table3";
import { type Comparison, type Round, type Spread, compareRounds } from "./compare.ts";
import type { Peer } from "./peers.ts";
import type { LaunchRequest } from "./side.ts";

/** Everything that one call measured: what `--json` prints. */
export interface Report {
  model: string;
  batch: number;
  threads: number;
  precision: "fp32";
  origin: string;
  machine: { cpu: string; os: string; node: string };
  phases: { phase: LaunchRequest["phase"]; rounds: Round[]; comparison: Comparison }[];
}

export function makeReport(
  peer: Peer,
  { model, batch, threads }: Pick<LaunchRequest, "model" | "batch" | "threads">,
  rounds: Map<LaunchRequest["phase"], Round[]>,
): Report {
  return {
    model,
    batch,
    threads,
    precision: "fp32",
    origin: peer.origin,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown CPU",
      os: `${platform()} ${release()}`,
      node: process.versions.node,
    },
    phases: [...rounds].map(([phase, all]) => ({ phase, rounds: all, comparison: compareRounds(all) })),
  };
}

/** The report for people: what ran where, then a row for each phase. */
export function printReport({ model, batch, threads, origin, machine, phases }: Report): string {
  const first = phases[0]?.rounds[0];
  const table = new Table({
    head: ["phase", "PyTorch ms", "epochmark ms", "time ratio", "PyTorch MiB", "epochmark MiB", "memory ratio"],
    style: { head: [], border: [] },
  });
  for (const { phase, comparison } of phases) {
    const { stepMs, timeRatio, peakMiB, memoryRatio } = comparison;
    table.push([
      phase,
      range(stepMs.pytorch, 0),
      range(stepMs.epochmark, 0),
      range(timeRatio, 2),
      peakMiB.pytorch?.toFixed(0) ?? "unknown",
      peakMiB.epochmark?.toFixed(0) ?? "unknown",
      memoryRatio ? range(memoryRatio, 2) : "unknown",
    ]);
  }
  return [
    `${model} · batch ${batch} · fp32 · ${threads} threads · ${phases[0]?.rounds.length} rounds, a fresh process each`,
    `${machine.cpu} · ${machine.os} · Node ${machine.node}`,
    `PyTorch side: ${first?.pytorch.software}, ${origin}`,
    `this side: ${first?.epochmark.software}`,
    table.toString(),
    "ms a step and peak resident memory: median (min-max). Ratios are epochmark / PyTorch, by round: below 1 epochmark needs less.",
    ...(phases.some(({ rounds }) => rounds.some(isDisturbed)) ? [disturbed] : []),
  ].join("\n");
}

const disturbed =
  "Careful: within one launch some steps took more than twice as long as others; something else was running. Try again on a quiet machine.";

function isDisturbed({ pytorch, epochmark }: Round): boolean {
  return [pytorch, epochmark].some(({ stepsMs }) => Math.max(...stepsMs) > 2 * Math.min(...stepsMs));
}

function range({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}
