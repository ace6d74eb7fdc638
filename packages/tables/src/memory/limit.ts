import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { peakHostMemory } from "@epochmark/hardware/host-memory";
import { guardHostMemory } from "@epochmark/runner";

/** Something that holds a process below a memory limit. */
export interface Cage {
  how: string;
  /**
   * Whether all that a process has in memory counts. A control group is not charged for pages of mapped files (Node and its
   * libraries: whoever read them first is), nor for what a process had before it came in.
   */
  countsAll: boolean;
  /** Puts the process in; `tooMuch` is called where the cage itself does not end it. @returns what lets it out again */
  hold(pid: number, tooMuch: () => void): () => void;
  close(): void;
}

/** Linux's own limit on a group of processes, of version 1 or 2. */
const groups = [
  { root: "/sys/fs/cgroup/memory", file: "memory.limit_in_bytes" },
  { root: "/sys/fs/cgroup", file: "memory.max" },
];

/** A control group of that size where this user may make one, else a watch on the resident set, as `--batch max` has it. */
export function openCage(limitMiB: number): Cage {
  for (const { root, file } of groups) {
    const folder = join(root, `epochmark-${process.pid}`);
    try {
      mkdirSync(folder);
      if (!existsSync(join(folder, file))) throw new Error("no memory controller");
      writeFileSync(join(folder, file), String(limitMiB * 2 ** 20));
      return {
        how: `a control group (${file})`,
        countsAll: false,
        hold: (pid) => {
          writeFileSync(join(folder, "cgroup.procs"), String(pid));
          return () => {};
        },
        close: () => rmdirSync(folder),
      };
    } catch {
      if (existsSync(folder)) rmdirSync(folder);
    }
  }
  return {
    how: "a watch on the resident set",
    countsAll: true,
    hold: (pid, tooMuch) => guardHostMemory(pid, tooMuch, limitMiB),
    close: () => {},
  };
}

/** Whether this system tells the peak of a process as Linux does: else there is nothing to compare with. */
export const tellsPeak = (): boolean => peakHostMemory().method?.startsWith("VmHWM") ?? false;
