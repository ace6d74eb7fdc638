import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

test("makes all that is missing, twice without harm", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "make-folder-")), "a", "b", "c");
  await makeFolder(path);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

test("says what stands in the way", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "make-folder-")), "file");
  await writeFile(file, "");
  await expect(makeFolder(join(file, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test.runIf(process.platform === "linux")("ends where the kernel lets nobody make a folder", async () => {
  await expect(makeFolder("/proc/nowhere/below")).rejects.toMatchObject({ code: "ENOENT" });
});
