import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptWords } from "@epochmark/script";
import { readRunFile } from "../src/node/read.ts";
import { fateOf, mutants } from "./mutants.ts";

const { count: numberOf } = scriptWords({
  name: "trust:mutations",
  help: `Damaged records, one of them of 100 MB, as files on disk, read as "bench validate" reads: each must be refused with its file
and place, found untrue, or be no different.

  pnpm trust:mutations [--count N] [--seed N]

  --count N    (default 10000, under a minute)
  --seed N     of the damage (default 20260901)`,
  options: { count: { type: "string", default: "10000" }, seed: { type: "string", default: "20260901" } },
});
const [count, seed] = [numberOf("count"), numberOf("seed")];
const folder = await mkdtemp(join(tmpdir(), "epochmark-mutations-"));
const mostSeconds = 60;
const fates = { refused: 0, untrue: 0, equal: 0 };
let longestMs = 0;

const judge = async (mutant: Parameters<typeof fateOf>[0], path: string): Promise<void> => {
  const start = performance.now();
  fates[await fateOf(mutant, path, () => readRunFile(path))] += 1;
  longestMs = Math.max(longestMs, performance.now() - start);
};

try {
  const start = performance.now();
  const path = join(folder, "mutant.json");
  for (const mutant of mutants(count - 1, seed)) {
    await writeFile(path, mutant.content);
    await judge(mutant, path);
  }
  await truncate(path, 100_000_000);
  await judge({ kind: "100 MB", content: "", refused: true }, path);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage();
  const passed = seconds < mostSeconds;
  if (!passed) process.exitCode = 1;
  console.log(
    `${passed ? "PASSED" : "FAILED"}: ${count} damaged records in ${seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of a core) of ${mostSeconds}: ${fates.refused} refused with file and place, ${fates.untrue} found untrue, ` +
      `${fates.equal} no different; none was taken, none broke the validator; longest ${longestMs.toFixed(0)} ms`,
  );
} catch (error) {
  console.log(`FAILED: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
