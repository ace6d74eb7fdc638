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
  const { devicesHere, runBenchmark } = await import("@epochmark/runner");
  const say = json ? note : print;
  const progress = new Progress();
  const onEvent = (event: RunEvent): void => {
    if (event.type === "machine") showMachine(event, say);
    if (event.type === "plan") showPlan(event, say);
    void progress.follow(event);
  };
  return untilInterrupted(async (signal) => {
    const all = options.device === "all";
    const devices = all ? await devicesHere({ ...options, signal }) : [{}];
    const runs: RunResult["run"][] = [];
    for (const device of devices) {
      const result = await runBenchmark({ ...options, ...device, signal, onEvent });
      progress.stop();
      runs.push(result.run);
      if (!json) {
        showResult(result);
        await showPaperTimes(result.run);
      }
      if (result.interrupted) break;
    }
    if (json) printJson(all ? runs : runs[0]);
    const measured = runs.every(({ cases }) => cases.some(({ summary }) => summary));
    return measured ? exit.ok : exit.failed;
  }).finally(() => progress.stop());
}

type Say = (text: string) => void;

function showMachine(event: Extract<RunEvent, { type: "machine" }>, say: Say): void {
  showHost(event, say);
  say(`${colors.dim("device")}   ${deviceLine(event.gpu)}: ${event.why}`);
}

/** The machine, and what of it cannot be used. */
export function showHost(event: Extract<RunEvent, { type: "machine" }>, say: Say): void {
  const { host, skippedDevices, pluginErrors } = event;
  say(`${colors.dim("machine")}  ${hostLine(host)}`);
  for (const { name, reason } of skippedDevices)
    say(`${colors.yellow("unused")}   ${name} cannot be used: ${reason} (bench doctor says more)`);
  for (const error of pluginErrors) note(`bench: ${error.message}`);
}

export function showPlan({ cases, mode, effort }: Extract<RunEvent, { type: "plan" }>, say: Say): void {
  const { engine, device } = cases[0]!;
  say(`${colors.dim("engine")}   ${engine.id} ${engine.version} on ${device.id}`);
  const launches = `${effort.launches} ${effort.launches === 1 ? "launch" : "launches"} each`;
  const standing = mode === "ranked" ? "ranked" : "not ranked";
  say(`${colors.dim("plan")}     ${cases.length} ${cases.length === 1 ? "case" : "cases"}, ${launches}, ${standing}`);
}

function showResult({ run, path, interrupted }: RunResult): void {
  if (path === null) {
    print("interrupted before anything was measured: nothing was written");
    return;
  }
  print();
  printTable(resultColumns, run.cases.map(resultRow));
  print();
  const file = shownPath(path);
  if (interrupted) print("interrupted: what was measured is kept");
  print(`${colors.dim("record")}   ${file}`);
  for (const [command, why] of next(run.mode, file)) print(`${colors.dim("next")}     ${colors.cyan(command)}  ${why}`);
}

/** From here where it lies below, else whole. */
export function shownPath(path: string): string {
  const inside = relative("", path);
  return inside.startsWith("..") ? path : inside;
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
