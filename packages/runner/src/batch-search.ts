import { readFileSync } from "node:fs";
import { usableMemoryMiB } from "@epochmark/hardware";
import type { BatchSearch } from "@epochmark/schema";
import type { Outcome } from "./child/launch.ts";
import { largestBatch } from "./plan/plan.ts";

export interface LargestBatch {
  /** The largest batch that fitted; null where not even one image did. */
  batch: number | null;
  tried: BatchSearch;
}

/**
 * The largest batch that fits: doubled until one does not, then halving what lies between. Every try is a fresh
 * process, so that no memory of an earlier one is left.
 *
 * @param fits whether a step of this batch can be run; null when the user ended it
 * @returns null when the user ended the search
 */
export async function searchBatch(fits: (batch: number) => Promise<boolean | null>): Promise<LargestBatch | null> {
  const tried: BatchSearch = [];
  const attempt = async (batch: number): Promise<boolean | null> => {
    const answer = await fits(batch);
    if (answer !== null) tried.push({ batch, fits: answer });
    return answer;
  };
  let fitting = 0;
  let failing = largestBatch + 1;
  for (let batch = 1; batch <= largestBatch; batch *= 2) {
    const answer = await attempt(batch);
    if (answer === null) return null;
    if (!answer) {
      failing = batch;
      break;
    }
    fitting = batch;
  }
  while (failing - fitting > 1 && fitting < largestBatch) {
    const middle = (fitting + failing) >> 1;
    const answer = await attempt(middle);
    if (answer === null) return null;
    if (answer) fitting = middle;
    else failing = middle;
  }
  return { batch: fitting || null, tried };
}

/** Of the host's memory: a process that takes more is ended before the system ends others for it. */
const largestShare = 0.85;
const everyMs = 50;

/**
 * Watches that a process leaves the host some memory, where the device's memory is the host's.
 * @returns what stops watching
 */
export function guardHostMemory(
  pid: number,
  tooMuch: () => void,
  limitMiB = largestShare * usableMemoryMiB(),
): () => void {
  const timer = setInterval(() => {
    if (processMiB(pid, "VmRSS") > limitMiB) tooMuch();
  }, everyMs);
  return () => clearInterval(timer);
}

/** What a process has in memory (MiB): all of it, or pages of mapped files or its own alone; 0 where it cannot be read. */
export function processMiB(pid: number, what: "VmRSS" | "RssFile" | "RssAnon"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Whether a launch of one batch ended as one that fits; what ended for another reason is no question of memory. */
export function fitted({ ending }: Outcome, guarded: boolean): boolean {
  if (guarded || ending?.status === "oom") return false;
  if (ending === null) return true;
  throw new BatchSearchError(ending);
}

/** A try ended for another reason than memory: the case has that ending. */
export class BatchSearchError extends Error {
  override name = "BatchSearchError";
  readonly ending: NonNullable<Outcome["ending"]>;

  constructor(ending: NonNullable<Outcome["ending"]>) {
    super(ending.reason);
    this.ending = ending;
  }
}
