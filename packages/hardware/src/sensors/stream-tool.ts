import { spawn } from "node:child_process";
import type { Running } from "./reading.ts";

/** No line of these tools is longer; one without end is garbage. */
const longestLine = 4096;

const meanings: Record<string, string> = { ENOENT: "was not found", EACCES: "may not be run" };

/**
 * Starts a program that prints lines until it is ended, and hands them on one by one. What is missing, refused, hangs
 * or prints garbage gives no lines; the program never outlives `stop` or this process, and is never waited for.
 */
export function streamTool(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Running {
  const name = command.split("/").at(-1)!;
  let fault: string | null = `${name} told nothing that is understood`;
  let rest = "";
  const child = spawn(command, args, {
    env: { ...env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "ignore"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const end = (): void => {
    process.removeListener("exit", end);
    child.stdout.destroy();
    try {
      if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  process.once("exit", end);
  child.unref();
  (child.stdout as { unref?: () => void }).unref?.();
  child.on("error", (error: NodeJS.ErrnoException) => {
    fault = `${name} ${meanings[error.code ?? ""] ?? "could not be started"}`;
  });
  child.on("exit", (code) => {
    if (code !== null && code !== 0) fault = `${name} ended with exit code ${code}`;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!;
    if (rest.length > longestLine) {
      fault = `${name} printed what is no line`;
      return end();
    }
    for (const line of lines) onLine(line);
  });
  return { stop: end, fault: () => fault };
}
