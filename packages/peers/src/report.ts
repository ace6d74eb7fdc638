import { cpus, platform, release } from "node:os";
import Table from "cli-table3";
import { type Comparison, type Round, type Spread, compareRounds } from "./compare.ts";
import { describeShares, sharesOf } from "./profile.ts";
import type { LaunchRequest } from "./side.ts";

/** One model and phase, measured on both sides. */
export interface Row {
  model: string;
  phase: LaunchRequest["phase"];
  batch: number;
  /** Where the PyTorch network comes from. */
  origin: string;
  rounds: Round[];
  comparison: Comparison;
}

/** Everything that one call measured: what `--json` prints. */
export interface Report {
  threads: number;
  precision: "fp32";
  machine: { cpu: string; os: string; node: string };
  rows: Row[];
}

export function makeReport(threads: number, rows: Omit<Row, "comparison">[]): Report {
  return {
    threads,
    precision: "fp32",
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown CPU",
      os: `${platform()} ${release()}`,
      node: process.versions.node,
    },
    rows: rows.map((row) => ({ ...row, comparison: compareRounds(row.rounds) })),
  };
}

const head = [
  "model",
  "phase",
  "batch",
  "PyTorch ms",
  "epochmark ms",
  "time ratio",
  "PyTorch MiB",
  "epochmark MiB",
  "memory ratio",
];

function cellsOf({ model, phase, batch, comparison }: Row): string[] {
  const { stepMs, timeRatio, peakMiB, memoryRatio } = comparison;
  return [
    model,
    phase,
    String(batch),
    range(stepMs.pytorch, 0),
    range(stepMs.epochmark, 0),
    range(timeRatio, 2),
    peakMiB.pytorch?.toFixed(0) ?? "unknown",
    peakMiB.epochmark?.toFixed(0) ?? "unknown",
    memoryRatio ? range(memoryRatio, 2) : "unknown",
  ];
}

/** The report for people: what ran where, then a row for each model and phase. */
export function printReport(report: Report): string {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...report.rows.map(cellsOf));
  return [...conditionsOf(report), table.toString(), legend, ...warningsOf(report), ...slowerRows(report)].join("\n");
}

/** The same in Markdown. */
export function markdownReport(report: Report): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  const slower = slowerRows(report);
  const rule = head.map((_, index) => (index < 2 ? "---" : "---:"));
  return [
    "# Beside PyTorch",
    "",
    "Written by `pnpm run peers`; what is compared, and how, is said in `packages/peers/README.md`.",
    "",
    ...conditionsOf(report).map((each) => `- ${each}`),
    "",
    line(head),
    line(rule),
    ...report.rows.map((row) => line(cellsOf(row))),
    "",
    legend,
    ...warningsOf(report).flatMap((each) => ["", each]),
    ...(slower.length > 0 ? ["", ...slower.slice(0, 1), "", ...slower.slice(1).map((each) => `- ${each}`)] : []),
    "",
  ].join("\n");
}

function conditionsOf({ machine, threads, rows }: Report): string[] {
  const first = rows[0]?.rounds[0];
  return [
    `${machine.cpu} · ${machine.os} · Node ${machine.node} · fp32 · ${threads} threads · ${rows[0]?.rounds.length} rounds, a fresh process each`,
    `PyTorch side: ${first?.pytorch.software}; ${[...new Set(rows.map(({ origin }) => origin))].join("; ")}`,
    `this side: ${first?.epochmark.software}`,
  ];
}

const legend =
  "ms a step and peak resident memory: median (min-max). Ratios are epochmark / PyTorch, by round: below 1 epochmark needs less.";

/** Which rows something else disturbed. */
function warningsOf({ rows }: Report): string[] {
  const disturbed = rows.filter(({ rounds }) => rounds.some(isDisturbed));
  if (disturbed.length === 0) return [];
  const names = disturbed.map(({ model, phase }) => `${model} ${phase}`).join(", ");
  return [
    `Careful: within one launch of ${names} some steps took more than twice as long as others; something else was running. Try again on a quiet machine.`,
  ];
}

/** Where both sides' time goes in every row in which this project takes longer; none: no lines. */
function slowerRows({ rows }: Report): string[] {
  const slower = rows.filter(({ comparison }) => comparison.timeRatio.median > 1);
  if (slower.length === 0) return [];
  const each = slower.map(({ model, phase, comparison, rounds }) => {
    const side = (name: keyof Round): string => describeShares(sharesOf(rounds.map((round) => round[name])));
    return `${model} ${phase} (${comparison.timeRatio.median.toFixed(2)}): here ${side("epochmark")}; PyTorch ${side("pytorch")}`;
  });
  return [
    "Where the time goes in the rows that are slower here: shares of one profiled step (this side's first, in which whatever writes new tensors also takes their memory from the system: arithmetic by element looks larger than it is in the timed steps; PyTorch's one more after the timed ones). " +
      "Filter gradients of convolutions are matrix products here, convolutions there.",
    ...each,
  ];
}

function isDisturbed({ pytorch, epochmark }: Round): boolean {
  return [pytorch, epochmark].some(({ stepsMs }) => Math.max(...stepsMs) > 2 * Math.min(...stepsMs));
}

function range({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}
