import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GpuIdentity } from "@epochmark/schema";
import { UsageError } from "./errors.ts";

/**
 * Takes a device for one run: a second run on it would measure the first. A run that was killed leaves its lock
 * behind; the next one sees that its process is gone. Where no lock can be written, none is held.
 *
 * @returns what gives the device back
 * @throws {UsageError} naming the process that has it, and since when
 */
export function lockDevice({ id, name, pciBus }: GpuIdentity, folder: string = tmpdir()): () => void {
  const place = pciBus === null ? id : `${id}-${pciBus.replaceAll(/[^\da-f]/gi, "")}`;
  const path = join(folder, `epochmark-${place}.lock`);
  const mark = `${process.pid} ${new Date().toISOString()}`;
  for (let tries = 0; tries < 3; tries++) {
    try {
      writeFileSync(path, mark, { flag: "wx" });
      return () => {
        if (read(path) === mark) rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return () => {};
    }
    const [pid, since] = (read(path) ?? "").split(" ");
    if (pid && isAlive(Number(pid)))
      throw new UsageError(`process ${pid} has been measuring on ${name} since ${since}: wait for its end`);
    rmSync(path, { force: true });
  }
  return () => {};
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Signal 0 asks; the process of another user answers EPERM. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
