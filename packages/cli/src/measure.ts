import { relative } from "node:path";
import type { RunEvent, RunOptions, RunResult } from "@epochmark/runner";
import { exit } from "./command.ts";
import { duration } from "./estimates.ts";
import { Progress } from "./progress.ts";
import { deviceLine, hostLine, resultColumns, resultRow } from "./results.ts";
import { untilInterrupted } from "./signals.ts";
import { colors, note, print, printJson, printTable } from "./terminal.ts";

/**
 * Measures with progress, prints the table and where the record is. Ctrl-C keeps what was measured.
 * Returns the exit code.
 */
export async function measure(options: RunOptions, json: boolean): Promise<number> {
  const { runBenchmark } = await import("@epochmark/runner");
  const say = json ? note : print;
  const progress = new Progress();
  const onEvent = (event: RunEvent): void => {
    if (event.type === "machine") showMachine(event, say);
    if (event.type === "plan") showPlan(event, options, say);
    void progress.follow(event);
  };
  return untilInterrupted(async (signal) => {
    const result = await runBenchmark({ ...options, signal, onEvent });
    progress.stop();
    if (json) printJson(result.run);
    else {
      showResult(result);
      await showPaperTimes(result.run);
    }
    return result.run.cases.some(({ summary }) => summary) ? exit.ok : exit.failed;
  }).finally(() => progress.stop());
}

type Say = (text: string) => void;

function showMachine({ host, gpu, pluginErrors }: Extract<RunEvent, { type: "machine" }>, say: Say): void {
  say(`${colors.dim("machine")}  ${hostLine(host)}`);
  say(`${colors.dim("device")}   ${deviceLine(gpu)}`);
  for (const error of pluginErrors) note(`bench: ${error.message}`);
}

function showPlan({ cases, mode, effort }: Extract<RunEvent, { type: "plan" }>, asked: RunOptions, say: Say): void {
  const { engine, device } = cases[0]!;
  say(`${colors.dim("engine")}   ${engine.id} ${engine.version} on ${device.id}: ${reasonFor(asked, device.kind)}`);
  const launches = `${effort.launches} ${effort.launches === 1 ? "launch" : "launches"} each`;
  const standing = mode === "ranked" ? "ranked" : "not ranked";
  say(`${colors.dim("plan")}     ${cases.length} ${cases.length === 1 ? "case" : "cases"}, ${launches}, ${standing}`);
}

function reasonFor({ engine, device }: RunOptions, kind: string): string {
  if (engine !== undefined || device !== undefined) return "as asked";
  return kind === "cpu"
    ? "no engine can use a GPU here (bench doctor says why)"
    : "the fastest device that an engine can use here";
}

function showResult({ run, path, interrupted }: RunResult): void {
  if (path === null) {
    print("interrupted before anything was measured: nothing was written");
    return;
  }
  print();
  printTable(resultColumns, run.cases.map(resultRow));
  print();
  const inside = relative("", path);
  const file = inside.startsWith("..") ? path : inside;
  if (interrupted) print("interrupted: what was measured is kept");
  print(`${colors.dim("record")}   ${file}`);
  for (const [command, why] of next(run.mode, file)) print(`${colors.dim("next")}     ${colors.cyan(command)}  ${why}`);
}

/** What the measured train steps mean: how long the papers' own trainings would take here. */
async function showPaperTimes(run: RunResult["run"]): Promise<void> {
  const { evidenceOf, measuredTrainings } = await import("@epochmark/planner");
  const device = run.gpu.kind === "cpu" ? "this CPU" : "this GPU";
  for (const { title, epochs, hours } of measuredTrainings(evidenceOf([run])))
    print(`${colors.dim("paper")}    ${title}, the paper's ${epochs} epochs: ${duration(hours)} on ${device}`);
}

function next(mode: RunResult["run"]["mode"], file: string): [command: string, why: string][] {
  return [
    ...(mode === "fast" ? [["pnpm bench", "several launches: an interval, and a rank"] as [string, string]] : []),
    [`pnpm bench validate ${file}`, "check the record"],
    ["pnpm site:dev", "see it on the leaderboard"],
  ];
}
