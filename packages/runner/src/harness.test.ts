import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeHarness } from "./harness.ts";

let root: string;
const git = (...words: string[]) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  return execFileSync("git", ["-C", root, ...who, ...words], { env, encoding: "utf8" }).trim();
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "harness-"));
  await writeFile(join(root, "code.ts"), "1");
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--no-verify", "-m", "first");
});
afterAll(() => rm(root, { recursive: true }));

test("commit and cleanness; a new record does not make the code dirty, a change does", async () => {
  const commit = git("rev-parse", "HEAD");
  await mkdir(join(root, "results"));
  await writeFile(join(root, "results", "run.json"), "{}");
  expect(await describeHarness(root)).toMatchObject({ commit, dirty: false, version: expect.any(String) });
  await writeFile(join(root, "code.ts"), "2");
  expect(await describeHarness(root)).toMatchObject({ commit, dirty: true });
});

test("a folder inside someone else's repository, or without any, has no commit", async () => {
  await mkdir(join(root, "vendored"), { recursive: true });
  expect(await describeHarness(join(root, "vendored"))).toMatchObject({ commit: null, dirty: null });
  expect(await describeHarness(join(root, "missing"))).toMatchObject({ commit: null, dirty: null });
});
