import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Random } from "@epochmark/plugin-kit";
import { parseRunFile, validateRunFile } from "@epochmark/records";
import type { RunFile } from "@epochmark/schema";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = fileURLToPath(new URL("fixtures/runner.fixture.ts", import.meta.url));

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "kill-"))));
afterAll(() => rm(root, { recursive: true }));

interface Runner {
  process: ChildProcess;
  out: string;
  /** Everything that children and grandchildren wrote down of themselves. */
  pids: () => number[];
  /** Events that the runner has told so far. */
  events: () => number;
}

function start(name: string, engine: string): Runner {
  const out = join(root, name);
  const pidFile = join(root, `${name}.pids`);
  const env = { ...process.env, FIXTURE_PIDS: pidFile };
  const runner = spawn(process.execPath, [script, out, engine], { env, stdio: ["ignore", "pipe", "inherit"] });
  let events = 0;
  runner.stdout.setEncoding("utf8").on("data", (text: string) => (events += text.split("\n").length - 1));
  return {
    process: runner,
    out,
    pids: () => (existsSync(pidFile) ? readFileSync(pidFile, "utf8").trim().split("\n").map(Number) : []),
    events: () => events,
  };
}

async function until(met: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!met()) {
    if (performance.now() > deadline) throw new Error(`waited 90 s for ${what}`);
    await delay(20);
  }
}

/** Signal 0 asks; a zombie whose new parent has not read its end yet is dead too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

const allGone = ({ pids }: Runner): Promise<void> =>
  until(() => pids().every((pid) => !isAlive(pid)), `the end of ${pids().filter(isAlive).join(", ")}`);

/** The run files of a results folder, each valid; killed writers may leave hidden files that are none. */
async function records(out: string): Promise<RunFile[]> {
  const folder = join(out, "cpu-test");
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith(".json")) : [];
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const file = parseRunFile(await readFile(path, "utf8"), path);
      expect((await validateRunFile(file, { path })).problems).toEqual([]);
      return file;
    }),
  );
}

/** Kills a runner after so many of its events and a little more. @returns the launches that its record holds */
async function killAfter(name: string, events: number, extraMs: number): Promise<number> {
  const runner = start(name, "good");
  await until(() => runner.events() >= events, `${events} events`);
  await delay(extraMs);
  runner.process.kill("SIGKILL");
  await allGone(runner);
  const [file] = await records(runner.out);
  return file?.cases.reduce((sum, { launches }) => sum + launches.length, 0) ?? 0;
}

test("a runner killed at any moment leaves a valid record of what was done, and no process", async () => {
  const random = new Random(Date.now());
  // A launch tells of itself about ten times: from before the first event to within the third launch.
  const moments = Array.from({ length: 20 }, (_, i) => ({
    events: i + random.integer(3),
    ms: random.integer(i ? 100 : 600),
  }));
  const done: number[] = [];
  for (let i = 0; i < moments.length; i += 4) {
    const runs = moments.slice(i, i + 4).map(({ events, ms }, j) => killAfter(`moment-${i + j}`, events, ms));
    done.push(...(await Promise.all(runs)));
  }
  // The latest kills come after launches were recorded: otherwise this test would have looked at nothing.
  expect(Math.max(...done)).toBeGreaterThan(0);
}, 480_000);

test("killing the runner ends a child that is blocked, and what the child has started", async () => {
  const runner = start("blocked", "hang-with-grandchild");
  await until(() => runner.pids().length === 2, "child and grandchild");
  expect(runner.pids().every(isAlive)).toBe(true);
  runner.process.kill("SIGKILL");
  await allGone(runner);
});

test("an interrupt ends a blocked child with what it has started, at once, and nothing is written", async () => {
  const runner = start("interrupted", "hang-with-grandchild");
  await until(() => runner.pids().length === 2, "child and grandchild");
  runner.process.kill("SIGINT");
  const [code] = (await once(runner.process, "exit")) as [number];
  expect(code).toBe(130);
  expect(runner.pids().some(isAlive)).toBe(false);
  expect(await records(runner.out)).toEqual([]);
});
