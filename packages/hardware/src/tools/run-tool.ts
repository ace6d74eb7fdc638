import { spawn } from "node:child_process";

export type ToolAnswer =
  | { ok: true; text: string }
  | { ok: false; reason: "missing" | "denied" | "timeout" | "failed" };

export interface RunOptions {
  timeoutMs: number;
  env: Readonly<Record<string, string | undefined>>;
}

/** More than any of these tools prints. */
const longestAnswer = 4 * 1024 * 1024;

const running = new Set<number>();

/** Ends the whole family of a tool: some start others, and those are what hangs. */
const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
};

const endAll = (): void => running.forEach(endGroup);

/**
 * Asks an external program and takes whatever happens as an answer: never throws, never waits longer than `timeoutMs`,
 * leaves no process behind.
 */
export const runTool = (
  command: string,
  args: readonly string[],
  { timeoutMs, env }: RunOptions,
): Promise<ToolAnswer> =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const { pid } = child;
    const chunks: Buffer[] = [];
    let length = 0;

    const finish = (answer: ToolAnswer): void => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      if (running.size === 0) process.removeListener("exit", endAll);
      resolve(answer);
    };
    // A program stuck in the kernel outlives SIGKILL: it must keep neither this answer nor this process waiting.
    const abandon = (reason: "timeout" | "failed"): void => {
      if (pid !== undefined) endGroup(pid);
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.unref();
      finish({ ok: false, reason });
    };
    const timer = setTimeout(() => abandon("timeout"), timeoutMs);

    if (pid !== undefined) {
      if (running.size === 0) process.once("exit", endAll);
      running.add(pid);
    }
    child.on("error", (error: NodeJS.ErrnoException) =>
      finish({
        ok: false,
        reason: error.code === "ENOENT" ? "missing" : error.code === "EACCES" ? "denied" : "failed",
      }),
    );
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longestAnswer) abandon("failed");
    });
    child.on("close", (code) =>
      finish(code === 0 ? { ok: true, text: Buffer.concat(chunks).toString("utf8") } : { ok: false, reason: "failed" }),
    );
  });
