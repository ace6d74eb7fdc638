import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { machine } from "./fixtures/launches.fixture.ts";
import { lockDevice } from "./lock.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "lock-"))));
afterEach(() => rm(folder, { recursive: true }));

const card = { ...machine.cpu, id: "geforce-rtx-3090", name: "GeForce RTX 3090", pciBus: "00000000:01:00.0" };

test("a device is one run's at a time; the second is told whose", () => {
  const release = lockDevice(card, folder);
  const said = new RegExp(`^process ${process.pid} has been measuring on GeForce RTX 3090 since 2\\d{3}-.*: wait`);
  expect(() => lockDevice(card, folder)).toThrow(said);
  lockDevice({ ...card, pciBus: "00000000:02:00.0" }, folder)();
  release();
  lockDevice(card, folder)();
});

test("the lock of a run that was killed, or of nobody, is taken over", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  for (const content of [`${pid} 2026-09-01T10:00:00.000Z`, "", "garbage"]) {
    await writeFile(join(folder, "epochmark-geforce-rtx-3090-0000000001000.lock"), content);
    lockDevice(card, folder)();
  }
  expect(await readdir(folder)).toEqual([]);
});

test("where no lock can be written the run goes on without", () => lockDevice(card, join(folder, "none"))());
