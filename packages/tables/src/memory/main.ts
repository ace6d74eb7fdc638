#!/usr/bin/env node
/**
 * `pnpm planner:memory`: peak memory on the CPU, predicted and measured, of every model's phases at two batches, each in a
 * fresh process. `--models vit/,trtr/` takes some; `--fit` fits the planner's factors, and the offsets of these cases, to
 * what was measured and writes them: other cases then have no offset;
 * `--limit 1500` searches the largest batch of each phase in so many MiB instead, and puts the predicted one beside it.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { hostMemoryMiB, largestBatch } from "@epochmark/planner";
import { fitted, processMiB, searchBatch } from "@epochmark/runner";
import { max, median } from "simple-statistics";
import { crossErrors, errorOf, fitFactors, fitOffsets, type Peak } from "./fit.ts";
import { launch, measurables, type Measurable, measuredMiB } from "./launch.ts";
import { openCage, tellsPeak } from "./limit.ts";

const modelFile = new URL("../../../planner/src/host-memory.json", import.meta.url);
/** What the planner is held to. */
const goal = 0.1;

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const percent = (share: number): string => `${share < 0 ? "-" : "+"}${(100 * Math.abs(share)).toFixed(1)} %`;

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`planner:memory: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
process.stdout.write("", () => process.exit());

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word) => word !== "--"),
    options: { models: { type: "string" }, fit: { type: "boolean" }, limit: { type: "string" } },
  });
  if (!tellsPeak()) throw new Error("this system does not tell a process's peak memory: run it on Linux");
  const words = (values.models ?? "").split(",").filter(Boolean);
  const chosen = await measurables(words);
  if (chosen.length === 0) throw new Error(`--models "${values.models}": no model's path starts so`);
  if (values.limit !== undefined) return compareLimits(chosen, limitFrom(values.limit));
  return comparePeaks(chosen, values.fit ?? false);
}

function limitFrom(word: string): number {
  const limit = Number(word);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new Error(`--limit "${word}": say MiB, such as 1500`);
}

async function comparePeaks(chosen: readonly Measurable[], fit: boolean): Promise<number> {
  const peaks: Peak[] = [];
  print("| model | phase | batch | measured MiB | predicted MiB | error |\n|---|---|--:|--:|--:|--:|");
  for (const { planned, profile, batches } of chosen)
    for (const batch of batches) {
      const peak = { profile, batch, measuredMiB: await measuredMiB(planned, batch) };
      peaks.push(peak);
      const { model, phase } = profile;
      const figures = [peak.measuredMiB, hostMemoryMiB(profile, batch)].map((value) => Math.round(value));
      print(`| ${[model, phase, batch, ...figures, percent(errorOf(peak))].join(" | ")} |`);
    }
  summary(
    "predicted",
    peaks.map((peak) => errorOf(peak)),
  );
  if (!fit) return 0;
  const factors = fitFactors(peaks);
  summary("each batch from the other one", crossErrors(peaks, factors));
  const offsets = fitOffsets(peaks, factors);
  await writeFile(modelFile, `${JSON.stringify({ factors, offsets }, null, 2)}\n`);
  return 0;
}

function summary(what: string, errors: readonly number[]): void {
  const sizes = errors.map(Math.abs);
  const inside = sizes.filter((size) => size <= goal).length;
  print(
    `\n${what}: median error ${percent(median(sizes))}, worst ${percent(max(sizes))}, ${inside} of ${sizes.length} within 10 %`,
  );
}

async function compareLimits(chosen: readonly Measurable[], limitMiB: number): Promise<number> {
  const cage = openCage(limitMiB);
  print(`| model | phase | largest batch found in ${limitMiB} MiB (${cage.how}) | predicted |\n|---|---|--:|--:|`);
  try {
    for (const { planned, profile } of chosen) {
      let files = 0;
      const found = await searchBatch(async (batch) => {
        const full = new AbortController();
        let release = (): void => {};
        let child = 0;
        const onStart = (pid: number): void => {
          child = pid;
          release = cage.hold(pid, () => full.abort());
        };
        const onMessage = (): void => {
          if (!cage.countsFiles) files = Math.max(files, processMiB(child, "RssFile"));
        };
        const outcome = await launch(planned, batch, { signal: full.signal, onStart, onMessage });
        release();
        return fitted(outcome, full.signal.aborted);
      });
      const predicted = largestBatch((batch) => hostMemoryMiB(profile, batch) - files, limitMiB);
      print(`| ${[profile.model, profile.phase, found?.batch ?? 0, predicted].join(" | ")} |`);
    }
    return 0;
  } finally {
    cage.close();
  }
}
