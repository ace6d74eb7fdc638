import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptWords } from "@epochmark/script";
import { median } from "simple-statistics";
import { type Launcher, launchChild } from "../src/child/launch.ts";
import { runBenchmark, thisMachine } from "../src/run.ts";

const { count } = scriptWords({
  name: "trust:aa",
  help: `A/A: ranked repeats of a very short CPU case, five launches each. All measure the same thing, so the published 95 % interval
should hold the grand median in 95 of 100 of them. As many repeats as a plain run has cases take turns, launch by launch:
what drifts within a minute then falls between the launches of one repeat, as it does in a plain run.

  pnpm trust:aa [--repeats N] [--together N]

  --repeats N     (default 40, 10 to 12 minutes on two cores)
  --together N    repeats that take turns (default 8; 1: one after the other)`,
  options: { repeats: { type: "string", default: "40" }, together: { type: "string", default: "8" } },
});
const repeats = count("repeats");
const together = count("together");
/** Share of the intervals that must hold the grand median. */
const enough = 0.9;
const out = await mkdtemp(join(tmpdir(), "epochmark-aa-"));
const started = performance.now();

/** One launch at a time, in the order in which they were asked for. */
let last: Promise<unknown> = Promise.resolve();
const inTurn: Launcher = (request, control) => {
  const launch = last.then(() => launchChild(request, control));
  last = launch.catch(() => {});
  return launch;
};

async function repeat(number: number): Promise<{ status: string; median: number; low: number; high: number }> {
  const folder = join(out, `${number}`);
  const lockFolder = join(folder, "locks");
  await mkdir(lockFolder, { recursive: true });
  const { run } = await runBenchmark(
    {
      models: ["vit-tiny-patch16-224"],
      phases: ["infer"],
      size: "tiny",
      batch: 4,
      device: "cpu",
      mode: "ranked",
      out: join(folder, "results"),
      budget: { warmupMs: 500, windowMs: 1200, minSamples: 10, stopWhenPrecise: false, launchMs: 60_000 },
    },
    { ...thisMachine, launch: inTurn, lockFolder },
  );
  const { status, summary, reason } = run.cases[0]!;
  if (!summary) throw new Error(`repeat ${number} measured nothing: ${status}, ${reason}`);
  const { median: middle, low, high } = summary.stepMs;
  console.error(`${number}/${repeats}  ${middle.toFixed(4)} ms (${low!.toFixed(4)} to ${high!.toFixed(4)})  ${status}`);
  return { status, median: middle, low: low!, high: high! };
}

try {
  const done: Awaited<ReturnType<typeof repeat>>[] = [];
  while (done.length < repeats) {
    const numbers = Array.from({ length: Math.min(together, repeats - done.length) }, (_, i) => done.length + i + 1);
    done.push(...(await Promise.all(numbers.map(repeat))));
  }
  const grand = median(done.map((each) => each.median));
  const inside = done.filter(({ low, high }) => low <= grand && grand <= high).length;
  const width = median(done.map(({ median: middle, low, high }) => (high - low) / 2 / middle));
  const statuses = Map.groupBy(done, ({ status }) => status);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const passed = inside >= enough * repeats;
  console.log(
    `${passed ? "PASSED" : "FAILED"}: ${inside} of ${repeats} published 95 % intervals (${((100 * inside) / repeats).toFixed(0)} %) hold the grand median (90 % are needed) of ${grand.toFixed(4)} ms; ` +
      `middle half-width ± ${(100 * width).toFixed(1)} %; ${[...statuses].map(([status, each]) => `${each.length} ${status}`).join(", ")}; ${together} in turn; ${minutes} min`,
  );
  if (!passed) process.exitCode = 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
