import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { validateRunFile } from "@epochmark/records";
import { findRunFiles, readRunFile } from "@epochmark/records/node";
import { scriptWords } from "@epochmark/script";
import type { RunFile } from "@epochmark/schema";

const { count } = scriptWords({
  name: "trust:kill",
  help: `SIGKILL at random moments of runs that go on where they were killed. After every kill each record on disk must validate, and
the run that is resumed to its end must hold each case once, with all launches.

  pnpm trust:kill [--kills N]      (default 100)`,
  options: { kills: { type: "string", default: "100" } },
});
const times = count("kills");
const script = fileURLToPath(new URL("../src/fixtures/runner.fixture.ts", import.meta.url));
const out = await mkdtemp(join(tmpdir(), "epochmark-kill-"));

/** All records on disk; each must be true to itself. */
async function records(): Promise<RunFile[]> {
  return Promise.all(
    (await findRunFiles([out])).map(async (path) => {
      const file = await readRunFile(path);
      const { problems } = await validateRunFile(file, { path });
      if (problems.length > 0) throw new Error(`${path}: ${problems[0]!.path}: ${problems[0]!.message}`);
      return file;
    }),
  );
}

/** Runs, resuming what is unfinished, and kills after some time. @returns whether it ended by itself first */
async function runFor(ms: number | null): Promise<boolean> {
  const unfinished = (await records()).some(({ finishedAt }) => finishedAt === null);
  const words = [script, out, "good", ...(unfinished ? ["resume"] : [])];
  const runner = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(runner, "exit") as Promise<[number | null]>;
  // Counted from its first word: before it a busy machine only loads modules.
  await Promise.race([ended, once(runner.stdout, "data")]);
  runner.stdout.resume();
  if (ms !== null) await Promise.race([ended, delay(ms, undefined, { ref: false })]);
  if (ms !== null) runner.kill("SIGKILL");
  const [code] = await ended;
  if (code !== null && code !== 0) throw new Error(`the runner ended with exit code ${code}`);
  return code === 0;
}

try {
  let killed = 0;
  const launchesSeen = new Set<number>();
  while (killed < times) {
    if (!(await runFor(Math.random() * 6000))) {
      killed += 1;
      console.error(`${killed}/${times} kills`);
    }
    for (const { cases } of await records())
      launchesSeen.add(cases.reduce((sum, { launches }) => sum + launches.length, 0));
  }
  while ((await records()).some(({ finishedAt }) => finishedAt === null)) await runFor(null);
  const finished = await records();
  if (finished.length === 0) throw new Error("every kill came before a record: nothing was looked at");
  for (const { id, cases } of finished) {
    const told = cases
      .map(({ model, launches }) => `${model} ${launches.map(({ index }) => index).join("")}`)
      .join(", ");
    if (told !== "line-a 01234, line-b 01234") throw new Error(`run ${id} holds ${told}`);
  }
  console.log(
    `PASSED: ${killed} kills, found with ${[...launchesSeen].toSorted((a, b) => a - b).join(", ")} launches on disk; every record was valid each time; ` +
      `${finished.length} runs were resumed to their end with each case once and all five launches`,
  );
} catch (error) {
  console.log(`FAILED: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
