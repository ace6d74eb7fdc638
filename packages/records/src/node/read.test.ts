import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleRunFile } from "../testing.ts";
import { findRunFiles, readRunFile } from "./read.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "epochmark-read-"));
  await mkdir(join(folder, "b", "deeper"), { recursive: true });
  await mkdir(join(folder, ".hidden"));
  const files = ["z.json", "b/a.json", "b/deeper/c.json", "b/.d.json", ".hidden/e.json", "b/notes.md"];
  for (const file of files) await writeFile(join(folder, file), "{}");
  await symlink(folder, join(folder, "b", "loop"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("folders are searched at any depth, files are taken as named, each once and sorted", async () => {
  const found = await findRunFiles([join(folder, "z.json"), join(folder, "b"), folder]);
  expect(found).toEqual(["b/a.json", "b/deeper/c.json", "z.json"].map((file) => join(folder, file)));
  expect(await findRunFiles([join(folder, "b/notes.md")])).toEqual([join(folder, "b/notes.md")]);
});

test("a link, also one that leads nowhere, is found and refused; a named link to a folder is followed", async () => {
  const linked = join(folder, "linked");
  await mkdir(linked);
  await symlink(join(folder, "z.json"), join(linked, "to-file.json"));
  await symlink("nowhere", join(linked, "broken.json"));
  const found = await findRunFiles([linked]);
  expect(found).toEqual(["broken.json", "to-file.json"].map((file) => join(linked, file)));
  for (const path of found) await expect(readRunFile(path)).rejects.toThrow(`${path}: expected a file, found a link`);
  expect(await findRunFiles([join(linked, "broken.json")])).toEqual([join(linked, "broken.json")]);
  await symlink(join(folder, "b", "deeper"), join(linked, "folder"));
  expect(await findRunFiles([join(linked, "folder")])).toEqual([join(linked, "folder", "c.json")]);
  await rm(linked, { recursive: true });
});

test("what is missing is named", async () => {
  await expect(findRunFiles([folder, "no/such"])).rejects.toThrow("no/such: no such file or folder");
  await expect(readRunFile("no/such.json")).rejects.toThrow("no/such.json: no such file or folder");
});

test("a record is read", async () => {
  const file = await exampleRunFile();
  const path = join(folder, "b", "notes.md");
  await writeFile(path, JSON.stringify(file));
  expect(await readRunFile(path)).toEqual(file);
});

test("folders, sockets and huge files are refused at once", async () => {
  await expect(readRunFile(folder)).rejects.toThrow(`${folder}: expected a file`);
  const socket = join(folder, "socket");
  const server = createServer().listen(socket);
  await once(server, "listening");
  await expect(readRunFile(socket)).rejects.toThrow(`${socket}: expected a file`);
  server.close();
  const huge = join(folder, "huge");
  await writeFile(huge, "");
  await truncate(huge, 100_000_000);
  await expect(readRunFile(huge)).rejects.toThrow(`${huge}: expected at most 256000 bytes, found 100000000`);
});
