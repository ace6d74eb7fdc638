#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { hostMemoryMiB, largestBatch } from "@epochmark/planner";
import { writeAtomically } from "@epochmark/records/node";
import { fitted, processMiB, searchBatch } from "@epochmark/runner";
import { scriptWords } from "@epochmark/script";
import { max, median } from "simple-statistics";
import { errorOf, fit, type Peak } from "./fit.ts";
import { keepPeak, keptPeaks } from "./kept.ts";
import { launch, measurables, type Measurable, measuredMiB } from "./launch.ts";
import { openCage, tellsPeak } from "./limit.ts";

const modelFile = fileURLToPath(new URL("../../../planner/src/host-memory.json", import.meta.url));
/** What the planner is held to. */
const goal = 0.1;

const { values, count, refuse } = scriptWords({
  name: "planner:memory",
  help: `Peak memory on the CPU, predicted and measured, of every model's phases at up to four batches, each in a fresh process.

  pnpm planner:memory [options]

  --models PATHS    these alone: whole paths, or how they begin, with commas (default: every model, hours)
  --phases PHASES   these alone: train, infer or online, with commas
  --keep            keep each peak in packages/tables/src/memory/peaks.json, in place of an older one
  --fit             measure nothing: fit the planner's factors and cases to the peaks that are kept, write them, and print
                    how far they are from each
  --limit MIB       search the largest batch of each phase in so much memory instead, and put the predicted one beside it

Examples
  pnpm planner:memory --models vit/vit-tiny,trtr/ --phases infer --keep
  pnpm planner:memory --fit
  pnpm planner:memory --models deblur/deblurgan --limit 1500`,
  options: {
    models: { type: "string" },
    phases: { type: "string" },
    keep: { type: "boolean" },
    fit: { type: "boolean" },
    limit: { type: "string" },
  },
});

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const percent = (share: number): string => `${share < 0 ? "-" : "+"}${(100 * Math.abs(share)).toFixed(1)} %`;

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`planner:memory: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
process.stdout.write("", () => process.exit());

async function main(): Promise<number> {
  if (values.fit) return fitKept();
  if (!tellsPeak()) throw new Error("this system does not tell a process's peak memory: run it on Linux");
  const [paths, phases] = [values.models, values.phases].map((words) => (words ?? "").split(",").filter(Boolean));
  const models = await measurables(paths!);
  if (models.length === 0) refuse(`--models "${values.models}": no model's path starts so`);
  const chosen = models.filter(({ profile }) => phases!.length === 0 || phases!.includes(profile.phase));
  if (chosen.length === 0) refuse(`--phases "${values.phases}": these models have no such phase`);
  if (values.limit !== undefined) return compareLimits(chosen, count("limit"));
  return comparePeaks(chosen, values.keep ?? false);
}

async function comparePeaks(chosen: readonly Measurable[], keep: boolean): Promise<number> {
  const errors: number[] = [];
  print("| model | phase | batch | measured MiB | predicted MiB | error |\n|---|---|--:|--:|--:|--:|");
  for (const { planned, profile, batches } of chosen)
    for (const batch of batches) {
      const peak: Peak = { profile, batch, measuredMiB: Math.round(await measuredMiB(planned, batch)) };
      if (keep) await keepPeak(peak);
      errors.push(errorOf(peak));
      const figures = [peak.measuredMiB, Math.round(hostMemoryMiB(profile, batch)), percent(errorOf(peak))];
      print(`| ${[profile.model, profile.phase, batch, ...figures].join(" | ")} |`);
    }
  summary("predicted", errors);
  return 0;
}

async function fitKept(): Promise<number> {
  const peaks = await keptPeaks();
  const { model, own, crossed, stranger } = fit(peaks);
  await writeAtomically(modelFile, `${JSON.stringify(model, null, 2)}\n`);
  const columns = {
    "with its own": own,
    "from its other batches": crossed,
    "by the terms of the others": stranger,
  };
  const names = Object.keys(columns);
  print(
    `| model | phase | batch | measured MiB | ${names.join(" | ")} |\n|---|---|--:|--:|${"--:|".repeat(names.length)}`,
  );
  for (const [index, { profile, batch, measuredMiB: measured }] of peaks.entries()) {
    const errors = Object.values(columns).map((column) => percent(column[index]!));
    print(`| ${[profile.model, profile.phase, batch, measured, ...errors].join(" | ")} |`);
  }
  for (const [name, errors] of Object.entries(columns)) summary(name, errors);
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
      let [files, before] = [0, 0];
      const found = await searchBatch(async (batch) => {
        const full = new AbortController();
        let release = (): void => {};
        let child = 0;
        const onStart = (pid: number): void => {
          child = pid;
          if (!cage.countsAll) before = processMiB(child, "RssAnon");
          release = cage.hold(pid, () => full.abort());
        };
        const onMessage = (): void => {
          if (!cage.countsAll) files = Math.max(files, processMiB(child, "RssFile"));
        };
        const outcome = await launch(planned, batch, { signal: full.signal, onStart, onMessage });
        release();
        return fitted(outcome, full.signal.aborted);
      });
      const predicted = largestBatch((batch) => hostMemoryMiB(profile, batch) - files - before, limitMiB);
      print(`| ${[profile.model, profile.phase, found?.batch ?? 0, predicted].join(" | ")} |`);
    }
    return 0;
  } finally {
    cage.close();
  }
}
