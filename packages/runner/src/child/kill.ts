import { spawn } from "node:child_process";

/**
 * Ends a child and everything it has started, at once. The child must lead a process group of its own
 * (`detached`); on Windows the tree is found by parent ids. A group that is gone already is no error.
 */
export function killTree(pid: number): void {
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
