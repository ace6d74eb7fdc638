import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runFilePath } from "@epochmark/records";
import { findRunFiles } from "@epochmark/records/node";
import { exampleRunFile } from "@epochmark/records/testing";
import type Axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { buildSite, type Build } from "./build.ts";
import { exampleRuns, hostileName, hostileReason, writeRuns } from "./records.ts";
import { serve } from "./serve.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = fileURLToPath(new URL("../screenshots", import.meta.url));

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "epochmark-site-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const build = (name: string, results: string, base?: string): Promise<Build & { folder: string }> => {
  const folder = join(work, name);
  return buildSite({ results, out: folder, base }).then((done) => ({ ...done, folder }));
};

/** Text of one column from top to bottom, visible rows only. */
const column = (page: Page, name: string): Promise<string[]> =>
  page.locator(`tbody tr:visible .${name}`).evaluateAll((cells) => cells.map((cell) => cell.textContent!.trim()));
const gpus = (page: Page): Promise<string[]> => page.locator("tbody tr:visible .gpu bdi").allTextContents();

const openAll = (page: Page, open: boolean): Promise<void> =>
  page.locator("details").evaluateAll((all, value) => all.forEach((node) => node.toggleAttribute("open", value)), open);

/** Pixels by which the page is wider than the window; runs in the page. */
const overflow = (): number => document.documentElement.scrollWidth - document.documentElement.clientWidth;

/** What axe finds serious or critical, with the first element at fault; runs in the page. */
const graveFindings = async (): Promise<string[]> => {
  const { violations } = await (window as unknown as { axe: typeof Axe }).axe.run();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

describe("the site in a browser", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serve>>;
  let context: BrowserContext | undefined;
  /** What went wrong in the page at hand: console errors, exceptions, failed and foreign requests. */
  let trouble: string[];

  beforeAll(async () => {
    const results = join(work, "results");
    await writeRuns(results, await exampleRuns());
    const built = await build("dist", results, "/sub");
    expect(built.output).toContain("Complete!");
    [site, browser] = await Promise.all([serve(built.folder, "/sub/"), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  afterEach(() => context?.close());

  const open = async (path = ""): Promise<Page> => {
    await context?.close();
    trouble = [];
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
    page.on(
      "response",
      (response) => response.status() >= 400 && trouble.push(`${response.status()} ${response.url()}`),
    );
    page.on("request", (request) => request.url().startsWith(site.url) || trouble.push(`foreign: ${request.url()}`));
    await page.goto(site.url + path);
    return page;
  };

  it("sorts by a header, keeps the order in the URL and finds it again there", async () => {
    const page = await open();
    const before = await gpus(page);
    const header = page.locator("th[data-column=throughput]");
    await header.getByRole("button").click();

    const descending = await gpus(page);
    expect(descending).not.toEqual(before);
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    expect(new URL(page.url()).search).toBe("?sort=throughput&dir=desc");
    const figures = (await page.locator("tbody tr .throughput strong").allTextContents()).map(Number);
    expect(figures).toEqual(figures.toSorted((a, b) => b - a));
    expect((await column(page, "throughput")).at(-1), "a case without a figure stays last").toBe("no figure");

    await page.reload();
    expect(await gpus(page)).toEqual(descending);

    // The keyboard does the same, and turns the order round.
    await header.getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
    expect((await column(page, "throughput")).at(-1)).toBe("no figure");
    expect(trouble).toEqual([]);
  });

  it("filters by words, rescales the bars, says how many rows are left, and resets", async () => {
    const page = await open();
    const width = (): Promise<string | null> =>
      page.locator("tbody tr:visible svg.bar").first().getAttribute("viewBox");
    const all = await width();
    await page.getByLabel("Filter").fill("epyc  TRAIN");
    expect(await gpus(page)).toEqual(["AMD EPYC 7543"]);
    expect(await width()).not.toBe(all);
    expect(await page.getByRole("status").textContent()).toBe("1 of 8 rows");
    expect(new URL(page.url()).searchParams.get("q")).toBe("epyc  TRAIN");

    await page.getByLabel("Filter").fill("no such device");
    expect(await page.getByText("No row holds all of these words.").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Reset" }).click();
    expect(await gpus(page)).toHaveLength(8);
    expect(new URL(page.url()).search).toBe("");

    const linked = await open("?q=v100&sort=step&dir=desc");
    expect(await gpus(linked)).toEqual(["Tesla V100", "Tesla V100"]);
    expect(await column(linked, "phase")).toEqual(["train step", "inference"]);
    await open("?sort=nonsense&dir=sideways");
    expect(trouble).toEqual([]);
  });

  it("shows statuses and single launches as what they are", async () => {
    const page = await open("?sort=rank&dir=asc");
    const row = (words: string): Promise<string> =>
      page
        .locator("tbody tr", { hasText: words })
        .first()
        .innerText()
        .then((text) => text.replaceAll(/\s+/g, " "));
    expect(await row("does not fit in memory")).toMatch(/^– .*no figure/);
    expect(await row("EPYC")).toMatch(/^– .*one launch.*fast, unranked/);
    expect(await row("throttled")).toMatch(/^– /);
    expect(await row("3090")).toMatch(/^1 GeForce RTX 3090 .*± .*ranked/);
    expect((await column(page, "rank")).slice(0, 4)).toEqual(["1", "1", "2", "2"]);
  });

  it("leads from a row to its case, with environment, samples, command and the record itself", async () => {
    const page = await open();
    await page.getByRole("link", { name: "GeForce RTX 3090" }).last().click();
    await page.waitForURL(/\/sub\/result\/k3v9x0q2m7ab\/#case-/);
    expect(await page.locator("h1").textContent()).toBe("GeForce RTX 3090");
    expect(await page.getByRole("row", { name: "CPU AMD EPYC 7543" }).isVisible()).toBe(true);
    expect(await page.locator("figure svg .dots").count()).toBe(10);
    expect(await page.locator("pre").first().textContent()).toBe(
      "$ npx -y pnpm@12 bench run vit/vit-small-patch16-224 --phase train --size full --workload small" +
        " --engine onnxruntime --device cpu --threads 2 --precision fp32 --mode ranked --seed 42",
    );
    await page.getByText("Samples as a table").first().click();
    expect(await page.locator("figure table").first().locator("tbody tr").count()).toBe(12);

    const raw = await page.getByRole("link", { name: "Run file (JSON)" }).getAttribute("href");
    const response = await page.request.get(new URL(raw!, page.url()).href);
    const [run] = await exampleRuns();
    expect(await response.text()).toBe(await readFile(join(work, "results", runFilePath(run!)), "utf8"));

    await page.getByRole("link", { name: "vit-small-patch16-224" }).first().click();
    await page.waitForURL(/\/sub\/model\/vit\/vit-small-patch16-224\/$/);
    expect(await gpus(page)).toHaveLength(8);
    expect(trouble).toEqual([]);
  });

  it("shows what a record says as text, never as markup", async () => {
    const page = await open();
    expect(await gpus(page)).toContain(hostileName);
    await page.getByRole("link", { name: hostileName }).first().hover();
    await page.goto(`${site.url}result/gggghhhhiiii/`);
    expect(await page.locator("h1").textContent()).toBe(hostileName);
    expect(await page.getByText(hostileReason).isVisible()).toBe(true);
    expect(await page.title()).toBe(`${hostileName}, run gggghhhhiiii · epochmark`);
    expect(await page.locator("img, body script").count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it("answers an unknown address with a page that leads home", async () => {
    const page = await open("nowhere/");
    expect(await page.locator("h1").textContent()).toBe("Nothing measured here");
    expect(trouble.splice(0).every((line) => line.includes("404"))).toBe(true);
    await page.getByRole("link", { name: "find it in the leaderboard" }).click();
    await page.waitForURL(site.url);
    expect(trouble).toEqual([]);
  });

  const pages = {
    home: "",
    result: "result/k3v9x0q2m7ab/",
    failed: "result/gggghhhhiiii/",
    model: "model/vit/vit-small-patch16-224/",
    missing: "404.html",
  };
  it.each(Object.entries(pages))("is accessible and fits both screens in both themes: %s", async (name, path) => {
    await mkdir(screenshots, { recursive: true });
    const page = await open(path);
    await page.evaluate(axe);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        await openAll(page, true);
        expect(await page.evaluate(overflow), `${name} overflows at ${width} px`).toBe(0);
        expect(await page.evaluate(graveFindings)).toEqual([]);
        await openAll(page, false);
      }
    }
    expect(trouble).toEqual([]);
  });

  it("gives every page a title and a description of its own", async () => {
    const heads = new Set<string>();
    for (const path of Object.values(pages)) {
      const page = await open(path);
      heads
        .add(await page.title())
        .add(await page.locator("meta[name=description]").getAttribute("content").then(String));
    }
    expect(heads.size).toBe(2 * Object.keys(pages).length);
  });
});

describe("the build", () => {
  it("says how to make the first record when there is none", async () => {
    const results = join(work, "empty");
    await mkdir(results);
    const built = await build("dist-empty", results);
    const home = await readFile(join(built.folder, "index.html"), "utf8");
    expect(home).toContain("No record yet");
    expect(home).toContain("npx -y pnpm@12 bench");
  });

  it("takes every record of the results folder", async () => {
    const results = fileURLToPath(new URL("../../results", import.meta.url));
    const built = await build("dist-real", results);
    expect(built.output).toContain("Complete!");
    for (const path of await findRunFiles([results])) {
      const { id } = JSON.parse(await readFile(path, "utf8")) as { id: string };
      expect(await readFile(join(built.folder, "result", `${id}.json`), "utf8")).toBe(await readFile(path, "utf8"));
    }
  });

  it.each([
    ["markup in a name", { from: "AMD EPYC 7543", to: "<script>1</script>" }, "host.cpu.name: expected a name without"],
    ["a figure that its samples do not give", { from: '"seed": 42', to: '"seed": 43' }, "contentHash: the content was"],
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
});
