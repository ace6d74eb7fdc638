import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTool } from "./run-tool.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tool = (name: string, script: string, mode = 0o755): string => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, mode);
  return path;
};

const run = (command: string, timeoutMs = 10_000) => runTool(command, [], { timeoutMs, env: process.env });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe("runTool", () => {
  test("gives what a tool printed", async () => {
    expect(await run(tool("good", "echo hello"))).toEqual({ ok: true, text: "hello\n" });
  });

  test("asks in English", async () => {
    expect(await run(tool("locale", "echo $LC_ALL"))).toEqual({ ok: true, text: "C\n" });
  });

  test("says why there is no answer", async () => {
    expect(await run(join(folder, "absent"))).toEqual({ ok: false, reason: "missing" });
    expect(await run(tool("locked", "echo hello", 0o644))).toEqual({ ok: false, reason: "denied" });
    expect(await run(tool("broken", "echo half an answer; exit 9"))).toEqual({ ok: false, reason: "failed" });
  });

  test("stops a tool that hangs, and what that tool started", async () => {
    const note = join(folder, "pid");
    const answer = await run(tool("hanging", `sleep 600 & echo $! > ${note}; wait`), 400);
    expect(answer).toEqual({ ok: false, reason: "timeout" });
    expect(existsSync(note)).toBe(true);
    const grandchild = Number(readFileSync(note, "utf8"));
    await expect.poll(() => alive(grandchild), { timeout: 10_000 }).toBe(false);
  });

  test("stops a tool that never stops printing", async () => {
    expect(await run(tool("endless", "yes"))).toEqual({ ok: false, reason: "failed" });
  });
});
