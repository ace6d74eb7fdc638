import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runFilePath } from "@epochmark/records";
import { findRunFiles } from "@epochmark/records/node";
import { exampleRunFile } from "@epochmark/records/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { type Build, buildSite } from "./build.ts";
import { exampleRuns, writeRuns } from "./records.ts";
import { weightOf } from "./weight.ts";

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "epochmark-site-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const build = async (name: string, results: string, offline = false): Promise<Build & { folder: string }> => {
  const folder = join(work, name);
  return { ...(await buildSite({ results, out: folder, offline })), folder };
};

it("takes every record of the results folder", async () => {
  const results = fileURLToPath(new URL("../../results", import.meta.url));
  const built = await build("dist-real", results);
  expect(built.output).toContain("Complete!");
  expect(await weightOf(built.folder, "index.html"), "bytes of the home page").toBeLessThan(150_000);
  for (const path of await findRunFiles([results])) {
    const { id } = JSON.parse(await readFile(path, "utf8")) as { id: string };
    expect(await readFile(join(built.folder, "result", `${id}.json`), "utf8")).toBe(await readFile(path, "utf8"));
  }
});

it("builds without any record and says how to make the first", async () => {
  const results = join(work, "empty");
  await mkdir(results);
  const built = await build("dist-empty", results);
  const home = await readFile(join(built.folder, "index.html"), "utf8");
  expect(home).toContain("npx -y pnpm@12 bench");
});

it.each([
  ["markup in a name", { from: "AMD EPYC 7543", to: "<script>1</script>" }, "host.cpu.name: expected a name without"],
  ["a figure that its samples do not give", { from: '"seed": 42', to: '"seed": 43' }, "contentHash: the content was"],
  ["a mark that turns text round", { from: "AMD EPYC 7543", to: "AMD \u202e3457" }, "host.cpu.name: expected one line"],
  ["a name of ten thousand letters", { from: "AMD EPYC 7543", to: "A".repeat(10_000) }, "host.cpu.name"],
])("stops at %s and names file and field", async (name, { from, to }, message) => {
  const results = join(work, name.replaceAll(" ", "-"));
  const run = await exampleRunFile();
  await writeRuns(results, [run]);
  const path = join(results, runFilePath(run));
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
  const built = await build("dist-broken", results);
  expect(built.ok).toBe(false);
  expect(built.output).toContain(`${runFilePath(run)}: ${message}`);
});

it("has a variant that works from a folder that nobody serves", async () => {
  const results = join(work, "offline");
  await writeRuns(results, await exampleRuns());
  const built = await build("dist-offline", results, true);
  expect(built.output).toContain("Complete!");
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const trouble: string[] = [];
    page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("request", (request) => request.url().startsWith("file:") || trouble.push(`foreign: ${request.url()}`));
    page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
    await page.goto(`file://${built.folder}/index.html?kind=measured`);
    await page.getByLabel("inference").check();
    expect(await page.locator("table.board caption").textContent()).toContain("inference");
    expect(await page.locator("table.board").evaluate((table) => getComputedStyle(table).borderCollapse)).toBe(
      "collapse",
    );
    await page.getByRole("link", { name: "GeForce RTX 3090" }).last().click();
    expect(await page.locator("h1").textContent()).toBe("GeForce RTX 3090");
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    await page.getByLabel("GPU A").selectOption("geforce-rtx-3090");
    await page.getByLabel("GPU B").selectOption("tesla-v100-sxm2-16gb");
    expect(await page.locator("tfoot").textContent()).toContain("over 2 tasks");
    expect(trouble).toEqual([]);
  } finally {
    await browser.close();
  }
});
