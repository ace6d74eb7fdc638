// `pnpm trust:aa [--repeats 40]`: A/A. 40 ranked repeats of a very short CPU case, five launches each. All measure the same
// thing, so the published 95 % interval should hold the grand median in 95 of 100 of them. Needs a quiet machine.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "simple-statistics";
import { runBenchmark } from "../src/run.ts";

const { values } = parseArgs({ options: { repeats: { type: "string", default: "40" } } });
const repeats = Number(values.repeats);
/** Share of the intervals that must hold the grand median. */
const enough = 0.9;
const out = await mkdtemp(join(tmpdir(), "epochmark-aa-"));
const started = performance.now();

try {
  const intervals: { median: number; low: number; high: number }[] = [];
  const statuses = new Map<string, number>();
  for (let i = 0; i < repeats; i++) {
    const { run } = await runBenchmark({
      models: ["vit-tiny-patch16-224"],
      phases: ["infer"],
      size: "tiny",
      batch: 4,
      device: "cpu",
      mode: "ranked",
      out,
      budget: { warmupMs: 500, windowMs: 1200, minSamples: 10, stopWhenPrecise: false, launchMs: 60_000 },
    });
    const { status, summary } = run.cases[0]!;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (!summary) throw new Error(`repeat ${i + 1} measured nothing: ${status}, ${run.cases[0]!.reason}`);
    const { median: middle, low, high } = summary.stepMs;
    intervals.push({ median: middle, low: low!, high: high! });
    console.error(
      `${i + 1}/${repeats}  ${middle.toFixed(4)} ms (${low!.toFixed(4)} to ${high!.toFixed(4)})  ${status}`,
    );
  }
  const grand = median(intervals.map((interval) => interval.median));
  const inside = intervals.filter(({ low, high }) => low <= grand && grand <= high).length;
  const width = median(intervals.map(({ median: middle, low, high }) => (high - low) / 2 / middle));
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const passed = inside >= enough * repeats;
  console.log(
    `${passed ? "PASSED" : "FAILED"}: ${inside} of ${repeats} published 95 % intervals (${((100 * inside) / repeats).toFixed(0)} %) hold the grand median (90 % are needed) of ${grand.toFixed(4)} ms; ` +
      `middle half-width ± ${(100 * width).toFixed(1)} %; ${[...statuses].map(([status, count]) => `${count} ${status}`).join(", ")}; ${minutes} min`,
  );
  if (!passed) process.exitCode = 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
