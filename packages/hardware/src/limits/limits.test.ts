import { describe, expect, test } from "vitest";
import { cgroupFolders } from "./cgroup.ts";
import { memoryLimitMiB, type ReadText, usableMemoryMiB, usableThreads } from "./limits.ts";

const files =
  (content: Record<string, string>): ReadText =>
  (path) =>
    content[path] ?? null;

const mount = (root: string, point: string, type: string, options: string): string =>
  `31 23 0:28 ${root} ${point} rw,relatime shared:9 - ${type} ${type} ${options}`;

const v2 = (limits: Record<string, string>, path = "/", root = "/"): ReadText =>
  files({
    "/proc/self/cgroup": `0::${path}\n`,
    "/proc/self/mountinfo": mount(root, "/sys/fs/cgroup", "cgroup2", "rw"),
    ...limits,
  });

const v1 = (limits: Record<string, string>, path: string, root = "/"): ReadText =>
  files({
    "/proc/self/cgroup": `4:memory:${path}\n1:cpu,cpuacct:${path}\n0::/\n`,
    "/proc/self/mountinfo": [
      mount(root, "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
      mount(root, "/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
      mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw"),
    ].join("\n"),
    ...limits,
  });

const nowhere = files({});

describe("usableThreads", () => {
  test("is what the system grants where there is no quota", () => {
    expect(usableThreads({ read: nowhere, parallelism: 16 })).toBe(16);
    expect(usableThreads({ read: v2({ "/sys/fs/cgroup/cpu.max": "max 100000\n" }), parallelism: 16 })).toBe(16);
  });
  test("obeys a quota of version 2", () => {
    expect(usableThreads({ read: v2({ "/sys/fs/cgroup/cpu.max": "400000 100000\n" }), parallelism: 16 })).toBe(4);
  });
  test("rounds a part of a processor down, but never to nothing", () => {
    expect(usableThreads({ read: v2({ "/sys/fs/cgroup/cpu.max": "250000 100000\n" }), parallelism: 16 })).toBe(2);
    expect(usableThreads({ read: v2({ "/sys/fs/cgroup/cpu.max": "50000 100000\n" }), parallelism: 16 })).toBe(1);
  });
  test("obeys the strictest group above this one", () => {
    const limits = { "/sys/fs/cgroup/lab/cpu.max": "200000 100000", "/sys/fs/cgroup/lab/user/cpu.max": "max 100000" };
    expect(usableThreads({ read: v2(limits, "/lab/user"), parallelism: 16 })).toBe(2);
  });
  test("obeys a quota of version 1, whose -1 is none", () => {
    const quota = (us: string) => ({
      "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": us,
      "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000",
    });
    expect(usableThreads({ read: v1(quota("300000"), "/docker/abc"), parallelism: 16 })).toBe(3);
    expect(usableThreads({ read: v1(quota("-1"), "/docker/abc"), parallelism: 16 })).toBe(16);
  });
  test("does not believe garbage", () => {
    expect(usableThreads({ read: v2({ "/sys/fs/cgroup/cpu.max": "lots of 0" }), parallelism: 16 })).toBe(16);
  });
  test("finds at least one thread here", () => expect(usableThreads()).toBeGreaterThanOrEqual(1));
});

describe("memoryLimitMiB", () => {
  const totalBytes = 64 * 2 ** 30;
  test("is null without a limit", () => {
    expect(memoryLimitMiB({ read: nowhere, totalBytes })).toBeNull();
    expect(memoryLimitMiB({ read: v2({ "/sys/fs/cgroup/memory.max": "max\n" }), totalBytes })).toBeNull();
    const unlimited = { "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" };
    expect(memoryLimitMiB({ read: v1(unlimited, "/"), totalBytes })).toBeNull();
  });
  test("is null where the limit exceeds the machine", () => {
    expect(
      memoryLimitMiB({ read: v2({ "/sys/fs/cgroup/memory.max": String(totalBytes * 2) }), totalBytes }),
    ).toBeNull();
  });
  test("reads both versions", () => {
    const eightGiB = String(8 * 2 ** 30);
    expect(memoryLimitMiB({ read: v2({ "/sys/fs/cgroup/memory.max": eightGiB }), totalBytes })).toBe(8192);
    const limits = { "/sys/fs/cgroup/memory/memory.limit_in_bytes": eightGiB };
    expect(memoryLimitMiB({ read: v1(limits, "/docker/abc", "/docker/abc"), totalBytes })).toBe(8192);
    expect(usableMemoryMiB({ read: v1(limits, "/docker/abc", "/docker/abc"), totalBytes })).toBe(8192);
  });
});

describe("cgroupFolders", () => {
  test("goes from the group up to what is mounted", () => {
    const mountinfo = mount("/", "/sys/fs/cgroup", "cgroup2", "rw");
    expect(cgroupFolders("cpu", "0::/a/b\n", mountinfo)?.folders).toEqual([
      "/sys/fs/cgroup/a/b",
      "/sys/fs/cgroup/a",
      "/sys/fs/cgroup",
    ]);
  });
  test("never leaves the mount", () => {
    const mountinfo = mount("/", "/sys/fs/cgroup", "cgroup2", "rw");
    const folders = cgroupFolders("cpu", "0::/../../etc\n", mountinfo)?.folders ?? [];
    expect(folders.every((folder) => folder.startsWith("/sys/fs/cgroup"))).toBe(true);
    expect(folders.join()).not.toContain("..");
  });
});
