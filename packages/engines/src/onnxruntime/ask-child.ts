import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A driver that takes longer for a first word hangs. */
const timeout = 10_000;

/**
 * What a script prints as JSON, in a process of its own with further variables: drivers may crash or hang.
 * Where it prints none: why, in one line.
 */
export function askChild<Answer extends object>(
  script: URL,
  words: string[] = [],
  environment: Record<string, string> = {},
): Promise<Answer | string> {
  const path = fileURLToPath(script);
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...words], { env, timeout, windowsHide: true }, (error, stdout) => {
      // Libraries may print before it.
      const answer = stdout.slice(Math.max(0, stdout.lastIndexOf("\n{") + 1));
      try {
        resolve(JSON.parse(answer) as Answer);
      } catch {
        const how = error?.signal ? `by signal ${error.signal}` : `with exit code ${error?.code ?? 0}`;
        resolve(error?.killed ? `no answer within ${timeout / 1000} s` : `the driver ended the process ${how}`);
      }
    });
  });
}
