import type { Status } from "@epochmark/schema";
import { lastWords, withoutPaths } from "../reason.ts";
import type { Stage } from "./protocol.ts";

/** How a child went that did not deliver what it was asked for. */
export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
  stage: Stage;
  stderr: string;
  /** What the child itself said last, when it could. */
  error: { unsupported: boolean; text: string } | null;
}

export interface Ending {
  status: Extract<Status, "oom" | "failed" | "unsupported" | "timeout">;
  /** One line without paths. */
  reason: string;
}

// Node, V8, C++ and the accelerator runtimes each say it in their own words.
const outOfMemory =
  /out of memory|\bENOMEM\b|cannot allocate|bad_alloc|failed to allocate|array buffer allocation failed|allocation failed|OUT_OF_(?:DEVICE_|HOST_)?MEMORY|insufficient memory/i;

/** The status that an early death stands for, and why in one line. */
export function endingOf({ code, signal, stage, stderr, error }: Death): Ending {
  const during = `during ${stage}`;
  if (error) {
    const reason = withoutPaths(error.text.split("\n")[0] ?? "").slice(0, 400);
    if (error.unsupported) return { status: "unsupported", reason };
    if (outOfMemory.test(error.text)) return { status: "oom", reason: `${reason} (${during})` };
    return { status: "failed", reason: `${reason} (${during})` };
  }
  const words = lastWords(stderr);
  if (outOfMemory.test(stderr)) return { status: "oom", reason: `out of memory ${during}: ${words}` };
  // Nobody but the kernel's out-of-memory killer sends this one; the runner's own kills are known to it.
  if (signal === "SIGKILL")
    return { status: "oom", reason: `killed by the system ${during}, as happens when memory runs out` };
  const how = signal ? `by signal ${signal}` : `with exit code ${code}`;
  return { status: "failed", reason: `the process ended ${how} ${during}${words ? `: ${words}` : ""}` };
}
