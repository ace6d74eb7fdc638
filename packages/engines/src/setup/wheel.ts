import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { cacheFolder } from "../cache.ts";
import { SetupError } from "./error.ts";
import type { Wheel } from "./pins.ts";
import { findPip, lastLine, runCommand } from "./tool.ts";

export type Say = (line: string) => void;

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** How a wheel is got into a folder; a test's own way stands in for the network. */
export type Download = (wheel: Wheel, folder: string, say: Say) => Promise<void>;

/**
 * Path of a wheel that holds exactly the bytes that were pinned. One that an earlier, interrupted call left is used
 * when it is whole and removed when it is not; so is a download that came broken.
 *
 * @throws {SetupError} when there is no pip, the wheel cannot be had, or what came is not what was pinned
 */
export async function fetchWheel(wheel: Wheel, say: Say, download: Download = byPip): Promise<string> {
  const folder = cacheFolder("downloads", ".");
  const path = join(folder, wheel.file);
  if (existsSync(path)) {
    if ((await sha256(path)) === wheel.sha256) return path;
    say(`${wheel.file} was left broken by an earlier call: removed`);
    rmSync(path);
  }
  removeLeftovers(folder);
  const partial = join(folder, `partial-${process.pid}`);
  mkdirSync(partial, { recursive: true });
  try {
    await download(wheel, partial, say);
    const fresh = join(partial, wheel.file);
    const found = existsSync(fresh) ? await sha256(fresh) : "no file";
    if (found !== wheel.sha256)
      throw new SetupError(
        `the download of ${wheel.file} is broken (SHA-256 ${found.slice(0, 12)}… instead of ${wheel.sha256.slice(0, 12)}…) and was removed: run this again`,
      );
    renameSync(fresh, path);
    return path;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Removes wheels that have been unpacked. */
export function removeWheels(wheels: readonly Wheel[]): void {
  for (const { file } of wheels) rmSync(join(cacheFolder("downloads", "."), file), { force: true });
}

/** Removes what calls left behind that did not come to their end; those that still run keep theirs. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /partial-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** `name-version-python-abi-platform.platform.whl`, as pip wants to be asked for it. */
export function pipWords({ file }: Pick<Wheel, "file">): string[] {
  const [name = "", version = "", python = "", abi = "", platforms = ""] = file.replace(/\.whl$/, "").split("-");
  const exact = /^cp3(\d+)$/.exec(python);
  return [
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",
    "--disable-pip-version-check",
    "--python-version",
    exact ? `3.${exact[1]}` : "3.11",
    ...(exact ? ["--implementation", "cp", "--abi", abi] : []),
    ...platforms.split(".").flatMap((platform) => ["--platform", platform]),
    `${name.replaceAll("_", "-")}==${version}`,
  ];
}

/** pip knows the index and the proxy that this machine is set up for. */
async function byPip(wheel: Wheel, folder: string, say: Say): Promise<void> {
  const pip = await findPip();
  say(`downloading ${wheel.file} (${mebibytes(wheel.bytes)})`);
  // At the end pip copies what it has, and it is there twice.
  const onWait = (): void =>
    say(`  ${mebibytes(Math.min(bytesUnder(folder), wheel.bytes))} of ${mebibytes(wheel.bytes)}`);
  // pip downloads to the temporary folder first: its disk may be small.
  const env = { TMPDIR: folder, TEMP: folder, TMP: folder };
  const ended = await runCommand([...pip, ...pipWords(wheel), "--dest", folder], { env, onWait });
  if (ended.code !== 0)
    throw new SetupError(
      `pip cannot download ${wheel.file}: ${lastLine(ended)} (is the network, or the index that pip is set up for, there?)`,
    );
}

function bytesUnder(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  return sum;
}
