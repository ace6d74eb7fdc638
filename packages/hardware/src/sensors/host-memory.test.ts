import { spawn } from "node:child_process";
import { once } from "node:events";
import { Measured } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { parseVmHwm, peakHostMemory } from "./host-memory.ts";

const refuse = (code: string) => () => {
  throw Object.assign(new Error("no"), { code });
};

describe("peakHostMemory", () => {
  test("reads the kernel's high-water mark in MiB", () => {
    const readText = () => "Name:\tnode\nVmPeak:\t  999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n";
    expect(peakHostMemory({ platform: "linux", readText })).toEqual({
      value: 200,
      method: "VmHWM of /proc/self/status",
      reason: null,
    });
  });

  test("takes the peak resident set where there is no such file", () => {
    const expected = { value: 100, method: "maxRSS of getrusage", reason: null };
    expect(peakHostMemory({ platform: "darwin", maxRssKiB: () => 102_400 })).toEqual(expected);
    expect(peakHostMemory({ platform: "linux", readText: refuse("EACCES"), maxRssKiB: () => 102_400 })).toEqual(
      expected,
    );
    expect(peakHostMemory({ platform: "linux", readText: () => "Name:\tnode\n", maxRssKiB: () => 102_400 })).toEqual(
      expected,
    );
  });

  test("says why the peak of another process is unknown", () => {
    expect(peakHostMemory({ pid: 1, platform: "linux", readText: refuse("ENOENT") })).toEqual({
      value: null,
      method: null,
      reason: "/proc/[pid]/status cannot be read (ENOENT)",
    });
    expect(peakHostMemory({ pid: 1, platform: "win32" }).reason).toMatch(/win32 tells/);
  });

  test("is null with a reason when nothing tells", () => {
    expect(peakHostMemory({ platform: "darwin", maxRssKiB: () => 0 })).toMatchObject({ value: null, method: null });
  });

  test("sees this process grow, and keeps the peak", () => {
    const before = peakHostMemory();
    const block = Buffer.alloc(64 * 2 ** 20, 1);
    const after = peakHostMemory();
    expect(block.length).toBe(64 * 2 ** 20);
    expect(Measured.parse(after).value).toBeGreaterThanOrEqual((before.value ?? 0) + 32);
  });

  test("reads another process on Linux, and says elsewhere that it cannot", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000); console.log('up')"]);
    try {
      await once(child.stdout, "data");
      const measured = Measured.parse(peakHostMemory({ pid: child.pid ?? 0 }));
      if (process.platform === "linux") expect(measured.value).toBeGreaterThan(5);
      else expect(measured.reason).toMatch(/this process only/);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("parseVmHwm", () => {
  test.each(["", "VmHWM:\t0 kB", "VmHWM:\tmany kB", "XVmHWM:\t5 kB"])("finds nothing in %j", (text) =>
    expect(parseVmHwm(text)).toBeNull(),
  );
});
