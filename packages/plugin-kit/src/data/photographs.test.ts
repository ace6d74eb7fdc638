import { readFile, readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadPhotographs } from "./index.ts";

const FOLDER = fileURLToPath(new URL("../../photographs/", import.meta.url));

test("every shipped photograph decodes, in a fixed order, and is a real picture", async () => {
  const photographs = await loadPhotographs();
  const names = photographs.map(({ name }) => name);
  expect(names).toEqual(names.toSorted());
  expect(photographs.length).toBeGreaterThanOrEqual(5);
  for (const { name, width, height, pixels } of photographs) {
    expect(pixels.length, name).toBe(width * height * 3);
    expect(Math.max(width, height), name).toBeLessThanOrEqual(1024);
    expect(Math.min(width, height), name).toBeGreaterThanOrEqual(300);
    expect(new Set(pixels).size, `${name}: different values`).toBeGreaterThan(200);
  }
});

test("the folder holds photographs with a row in its README, and together they stay small", async () => {
  const files = (await readdir(FOLDER)).filter((name) => name !== "README.md").toSorted();
  expect((await loadPhotographs()).map(({ name }) => name)).toEqual(files);
  expect(new Set(files.map((name) => name.split(".").at(-1))).size).toBeGreaterThanOrEqual(2);
  const rows = (await readFile(`${FOLDER}README.md`, "utf8")).matchAll(/^\| `(?<file>[^`]+)` +\|.*$/gm);
  const listed = [...rows];
  expect(listed.map(({ groups }) => groups!["file"])).toEqual(files);
  for (const [row] of listed) expect(row).toMatch(/CC0|public domain/);
  const sizes = await Promise.all(files.map(async (name) => (await stat(FOLDER + name)).size));
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(2_000_000);
});
