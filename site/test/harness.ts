import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunFile } from "@epochmark/schema";
import type Axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { openBrowser } from "./browser.ts";
import { buildSite } from "./build.ts";
import { writeRuns } from "./records.ts";
import { serve } from "./serve.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A built site that is served below `/sub/`, and a browser that notes everything that goes wrong in its pages. */
export class SiteUnderTest {
  readonly work: string;
  readonly folder: string;
  readonly url: string;
  /** Console errors, exceptions, failed and foreign requests of the page at hand. */
  trouble: string[] = [];
  readonly #browser: Browser;
  readonly #close: () => Promise<void>;
  #context: BrowserContext | undefined;

  private constructor(work: string, browser: Browser, site: { url: string; close: () => Promise<void> }) {
    this.work = work;
    this.folder = join(work, "dist");
    this.url = site.url;
    this.#browser = browser;
    this.#close = site.close;
  }

  static async build(runs: readonly RunFile[]): Promise<SiteUnderTest> {
    const work = await mkdtemp(join(tmpdir(), "epochmark-site-"));
    await writeRuns(join(work, "results"), runs);
    const built = await buildSite({ results: join(work, "results"), out: join(work, "dist"), base: "/sub" });
    expect(built.output).toContain("Complete!");
    const [site, browser] = await Promise.all([serve(join(work, "dist"), "/sub/"), openBrowser()]);
    return new SiteUnderTest(work, browser, site);
  }

  async open(path = "", width = 1440): Promise<Page> {
    await this.#context?.close();
    this.trouble = [];
    this.#context = await this.#browser.newContext({ viewport: { width, height: 900 } });
    const page = await this.#context.newPage();
    const note = (line: string): unknown => this.trouble.push(line);
    page.on("console", (message) => message.type() === "error" && note(message.text()));
    page.on("pageerror", (error) => note(error.message));
    page.on("requestfailed", (request) => note(`failed: ${request.url()}`));
    page.on("response", (response) => response.status() >= 400 && note(`${response.status()} ${response.url()}`));
    page.on("request", (request) => request.url().startsWith(this.url) || note(`foreign: ${request.url()}`));
    await page.goto(this.url + path);
    return page;
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await this.#browser.close();
    await this.#close();
    await rm(this.work, { recursive: true, force: true });
  }
}

/** Pixels by which the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What axe finds serious or critical, with the first element at fault. */
export const graveFindings = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof Axe }).axe.run();
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
};

/** Opens or closes every part of the page that can be folded away. */
export const openAll = (page: Page, open: boolean): Promise<void> =>
  page.locator("details").evaluateAll((all, value) => all.forEach((node) => node.toggleAttribute("open", value)), open);

/** Text of one column of the leaderboard from top to bottom. */
export const column = (page: Page, name: string): Promise<string[]> =>
  page.locator(`table.board tbody .c-${name}`).evaluateAll((cells) => cells.map((cell) => cell.textContent.trim()));

/** Names of the GPUs of the leaderboard from top to bottom. */
export const gpus = (page: Page): Promise<string[]> => page.locator("table.board tbody .c-gpu bdi").allTextContents();
