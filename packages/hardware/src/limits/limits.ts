import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { cgroupFolders, parseCpuMax, parseMemoryLimit, ratio } from "./cgroup.ts";

/** Reads a small text file; null where it cannot. */
export type ReadText = (path: string) => string | null;

export const readText: ReadText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

export interface LimitOptions {
  read?: ReadText;
  /** What the operating system grants before any quota. */
  parallelism?: number;
  totalBytes?: number;
}

const smallest = (limits: (number | null)[]): number | null => {
  const known = limits.filter((limit) => limit !== null);
  return known.length === 0 ? null : Math.min(...known);
};

const limitOf = (
  controller: "cpu" | "memory",
  read: ReadText,
  readLimit: (folder: string, version: 1 | 2) => number | null,
): number | null => {
  const [cgroup, mountinfo] = [read("/proc/self/cgroup"), read("/proc/self/mountinfo")];
  const found = cgroup === null || mountinfo === null ? null : cgroupFolders(controller, cgroup, mountinfo);
  return found === null ? null : smallest(found.folders.map((folder) => readLimit(folder, found.version)));
};

const cpuLimit = (read: ReadText): number | null =>
  limitOf("cpu", read, (folder, version) =>
    version === 2
      ? parseCpuMax(read(`${folder}/cpu.max`) ?? "")
      : ratio(Number(read(`${folder}/cpu.cfs_quota_us`) ?? ""), Number(read(`${folder}/cpu.cfs_period_us`) ?? "")),
  );

/**
 * Processors that this process may really use: what the operating system grants, or less where a container's quota is
 * smaller. A part of a processor does not count, for a thread on it would hold up the others; at least 1.
 */
export const usableThreads = ({ read = readText, parallelism = availableParallelism() }: LimitOptions = {}): number =>
  Math.max(1, Math.floor(Math.min(parallelism, cpuLimit(read) ?? Number.POSITIVE_INFINITY)));

/** Memory limit of the container in MiB; null where there is none below the machine's own memory. */
export const memoryLimitMiB = ({ read = readText, totalBytes = totalmem() }: LimitOptions = {}): number | null => {
  const bytes = limitOf("memory", read, (folder, version) =>
    parseMemoryLimit(read(`${folder}/${version === 2 ? "memory.max" : "memory.limit_in_bytes"}`) ?? ""),
  );
  return bytes === null || bytes >= totalBytes ? null : bytes / 1024 ** 2;
};

/** Memory that this process may use, in MiB: the machine's, or the container's where that is less. */
export const usableMemoryMiB = (options: LimitOptions = {}): number =>
  memoryLimitMiB(options) ?? (options.totalBytes ?? totalmem()) / 1024 ** 2;
