// Runs on a thread of its own inside a child, because a step blocks the child's main thread for seconds: when the
// runner is gone, however it went, the child and everything that it started must go too. Plain JavaScript: loading
// the type stripper a second time would cost each child 100 ms and some 15 MiB of the peak that it measures.
import { spawnSync } from "node:child_process";
import { workerData } from "node:worker_threads";

/** @type {{ runner: number, child: number }} */
const { runner, child } = workerData;

const orphaned = () => {
  // A dead parent's children are handed to another process; Windows keeps the old number, so ask for the process.
  if (process.ppid !== runner) return true;
  try {
    process.kill(runner, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
};

const end = () => {
  if (process.platform === "win32") spawnSync("taskkill", ["/pid", String(child), "/T", "/F"]);
  else process.kill(-child, "SIGKILL");
};

const watch = () => {
  if (orphaned()) end();
};

watch();
setInterval(watch, 250);
