import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requireSpace } from "./disk.ts";
import { install, installed } from "./installed.ts";
import * as pins from "./pins.ts";
import { type Download, fetchWheel, pipWords, removeLeftovers } from "./wheel.ts";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "epochmark-cache-"));
  vi.stubEnv("EPOCHMARK_CACHE", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const whole = Buffer.from("all the bytes of a wheel");
const wheel = {
  file: "a_wheel-1.0-py3-none-any.whl",
  sha256: createHash("sha256").update(whole).digest("hex"),
  bytes: whole.length,
};
const files = (): string[] => readdirSync(cache, { recursive: true }).map(String).toSorted();

/** A download that brings these bytes, and how often it was asked. */
function bringing(bytes: Buffer): { download: Download; calls: () => number } {
  let calls = 0;
  const download: Download = async ({ file }, folder) => {
    calls++;
    writeFileSync(join(folder, file), bytes);
  };
  return { download, calls: () => calls };
}

test("a wheel is downloaded once, and kept for a call that was interrupted", async () => {
  const { download, calls } = bringing(whole);
  const path = await fetchWheel(wheel, () => {}, download);
  expect(readFileSync(path)).toEqual(whole);
  expect(await fetchWheel(wheel, () => {}, download)).toBe(path);
  expect(calls()).toBe(1);
  expect(files()).toEqual(["downloads", join("downloads", wheel.file)]);
});

test("a download that came broken is refused and removed", async () => {
  const { download } = bringing(whole.subarray(1));
  await expect(fetchWheel(wheel, () => {}, download)).rejects.toThrow(
    /^the download of a_wheel-1.0-py3-none-any.whl is broken \(SHA-256 .* was removed: run this again$/,
  );
  expect(files()).toEqual(["downloads"]);
});

test("a wheel that an earlier call left broken is removed and fetched again", async () => {
  mkdirSync(join(cache, "downloads"));
  writeFileSync(join(cache, "downloads", wheel.file), whole.subarray(1));
  const said: string[] = [];
  const path = await fetchWheel(wheel, (line) => said.push(line), bringing(whole).download);
  expect(readFileSync(path)).toEqual(whole);
  expect(said).toEqual(["a_wheel-1.0-py3-none-any.whl was left broken by an earlier call: removed"]);
});

test("what a killed call left behind goes, what another one works on stays", () => {
  // No process has this number: it is above the largest that Linux gives.
  for (const name of ["x.partial-4194999", `x.partial-${process.ppid}`, "x"]) mkdirSync(join(cache, name));
  removeLeftovers(cache);
  expect(files()).toEqual(["x", `x.partial-${process.ppid}`]);
});

test("pip is asked for exactly the pinned file", () => {
  expect(pipWords(pins.tensorflowCpu["linux-x64"]!).slice(5).join(" ")).toBe(
    "--python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_27_x86_64 tensorflow-cpu==2.21.0",
  );
  expect(pipWords(pins.tensorflowCuda[0]!).slice(5).join(" ")).toBe(
    "--python-version 3.11 --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 nvidia-cuda-runtime-cu12==12.9.79",
  );
});

test("a folder is complete or not there at all, and a damaged one is noticed", async () => {
  const folder = join(cache, "thing", "1.0");
  const fill = async (partial: string): Promise<void> => {
    mkdirSync(join(partial, "lib"));
    writeFileSync(join(partial, "lib", "a.so"), "library");
  };
  await expect(
    install(folder, "thing 1.0", async (partial) => {
      await fill(partial);
      throw new Error("interrupted");
    }),
  ).rejects.toThrow("interrupted");
  expect(readdirSync(join(cache, "thing"))).toEqual([]);
  expect(installed(folder)).toBeNull();
  await install(folder, "thing 1.0", fill);
  expect(installed(folder)).toBe("thing 1.0");
  expect(readdirSync(join(cache, "thing"))).toEqual(["1.0"]);
  writeFileSync(join(folder, "lib", "a.so"), "libr");
  expect(installed(folder)).toBeNull();
  await install(folder, "thing 1.0", fill);
  expect(installed(folder)).toBe("thing 1.0");
});

test("a full disk is noticed before anything is downloaded", () => {
  expect(() => requireSpace("this", 3.2e9, () => 1.4e9)).toThrow(
    "this needs 3.2 GB on disk and 1.4 GB are free: make room, or name a folder on another disk in EPOCHMARK_CACHE",
  );
  expect(() => requireSpace("this", 3.2e9, () => 4e9)).not.toThrow();
  writeFileSync(join(cache, "file"), "");
  vi.stubEnv("EPOCHMARK_CACHE", join(cache, "file"));
  expect(() => requireSpace("this", 1)).toThrow(/^the cache folder cannot be made \(\w+\): name another one/);
  expect(existsSync(join(cache, "file"))).toBe(true);
});

test.runIf(process.platform === "linux")("a cache folder where the kernel makes none is one line, at once", () => {
  vi.stubEnv("EPOCHMARK_CACHE", "/proc/epochmark/cache");
  expect(() => requireSpace("this", 1)).toThrow("the cache folder cannot be made (ENOENT): name another one");
});
