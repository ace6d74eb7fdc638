import { readFileSync } from "node:fs";
import type { Measured } from "@epochmark/schema";

export interface HostMemoryOptions {
  /** Process to ask about; this one by default. */
  pid?: number;
  platform?: string;
  /** Reads a file of `/proc`; throws where it cannot. */
  readText?: (path: string) => string;
  /** Peak resident set of this process in KiB. */
  maxRssKiB?: () => number;
}

/** Peak resident set in KiB in a `/proc/<pid>/status`; null where the kernel does not say. */
export const parseVmHwm = (status: string): number | null => {
  const kib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  return Number.isFinite(kib) && kib > 0 ? kib : null;
};

/**
 * Peak host memory of a process so far, in MiB, with the counter that gave it: `VmHWM` of `/proc` on Linux, the peak
 * resident set of `getrusage` elsewhere. Null with a reason where neither can tell.
 */
export const peakHostMemory = (options: HostMemoryOptions = {}): Measured => {
  const { pid, platform = process.platform } = options;
  const own = pid === undefined || pid === process.pid;
  const kernel = platform === "linux" ? fromProc(own ? "self" : String(pid), options) : null;
  if (kernel !== null && kernel.value !== null) return kernel;
  if (!own) {
    return kernel ?? { value: null, method: null, reason: `${platform} tells the peak memory of this process only` };
  }
  const kib = (options.maxRssKiB ?? (() => process.resourceUsage().maxRSS))();
  return kib > 0
    ? { value: kib / 1024, method: "maxRSS of getrusage", reason: null }
    : { value: null, method: null, reason: "the system reports no peak memory" };
};

const fromProc = (who: string, { readText = (path) => readFileSync(path, "utf8") }: HostMemoryOptions): Measured => {
  const file = `/proc/${who}/status`;
  try {
    const kib = parseVmHwm(readText(file));
    return kib === null
      ? { value: null, method: null, reason: `${generic(who)} has no VmHWM` }
      : { value: kib / 1024, method: `VmHWM of ${generic(who)}`, reason: null };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { value: null, method: null, reason: `${generic(who)} cannot be read (${code})` };
  }
};

/** The file without the number of the process, which is nobody's business and differs from run to run. */
const generic = (who: string): string => `/proc/${who === "self" ? who : "[pid]"}/status`;
