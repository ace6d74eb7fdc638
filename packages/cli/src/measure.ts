import { relative } from "node:path";
import type { RunEvent, RunOptions, RunResult } from "@epochmark/runner";
import { exit } from "./command.ts";
import { Progress } from "./progress.ts";
import { deviceLine, hostLine, resultColumns, resultRow } from "./results.ts";
import { colors, note, print, printJson, printTable } from "./terminal.ts";

/** Shells end a command by signal with 128 + its number. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Measures with progress, prints the table and where the record is. Ctrl-C keeps what was measured.
 * Returns the exit code.
 */
export async function measure(options: RunOptions, json: boolean): Promise<number> {
  const { runBenchmark } = await import("@epochmark/runner");
  const say = json ? note : print;
  const progress = new Progress();
  const abort = new AbortController();
  let code: number = exit.ok;
  const handlers = Object.entries(signals).map(([signal, signalCode]) => {
    const handler = (): void => {
      // The second Ctrl-C does not wait; the measuring children see that this process is gone and end.
      if (abort.signal.aborted) process.exit(signalCode);
      code = signalCode;
      abort.abort();
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  const onEvent = (event: RunEvent): void => {
    if (event.type === "machine") showMachine(event, say);
    if (event.type === "plan") showPlan(event, options, say);
    void progress.follow(event);
  };
  try {
    const result = await runBenchmark({ ...options, signal: abort.signal, onEvent });
    progress.stop();
    if (json) printJson(result.run);
    else showResult(result);
    if (code !== exit.ok) return code;
    return result.run.cases.some(({ summary }) => summary) ? exit.ok : exit.failed;
  } catch (error) {
    // Interrupted before there was anything to keep.
    if (abort.signal.aborted) return code;
    throw error;
  } finally {
    progress.stop();
    for (const remove of handlers) remove();
  }
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

function next(mode: RunResult["run"]["mode"], file: string): [command: string, why: string][] {
  return [
    ...(mode === "fast" ? [["pnpm bench", "several launches: an interval, and a rank"] as [string, string]] : []),
    [`pnpm bench validate ${file}`, "check the record"],
    ["pnpm site:dev", "see it on the leaderboard"],
  ];
}
