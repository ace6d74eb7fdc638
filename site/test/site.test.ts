import { execFile } from "node:child_process";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { apisOf, findGpu } from "@epochmark/catalog";
import { deviceById, type Estimate, evidenceOf, planTraining } from "@epochmark/planner";
import { runFilePath } from "@epochmark/records";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, expect, it } from "vitest";
import { formatDays, formatFigure } from "../src/data/format.ts";
import { wordsOf } from "../src/i18n/index.ts";
import { column, gpus, graveFindings, openAll, overflow, SiteUnderTest } from "./harness.ts";
import { exampleRuns, hostileName, hostileReason } from "./records.ts";

const screenshots = fileURLToPath(new URL("../screenshots", import.meta.url));
/** Measured lines only: what the records of these tests hold. */
const measured = "?kind=measured";

let site: SiteUnderTest;
beforeAll(async () => {
  site = await SiteUnderTest.build(await exampleRuns());
});
afterAll(() => site?.close());

it("ranks the GPUs of one task, and says what did not count as what it is", async () => {
  const page = await site.open(measured);
  expect(await gpus(page)).toEqual([
    "GeForce RTX 3090",
    "GPU like the first",
    "Tesla V100 SXM2 16 GB",
    "AMD EPYC 7543",
    hostileName,
  ]);
  expect(await column(page, "rank")).toEqual(["1", "1", "3", "–", "–"]);
  const status = await column(page, "status");
  expect(status[3]).toContain("fast, unranked");
  expect(status[4]).toContain("does not fit in memory");
  expect((await column(page, "rate"))[3]).toContain("one launch");
  expect((await column(page, "rate"))[4]).toBe("no figure");
  expect((await column(page, "confirmations"))[0]).toBe("1 more run");
  expect(site.trouble).toEqual([]);
});

it("sorts by a header, keeps the order in the URL and finds it again there", async () => {
  const page = await site.open(measured);
  const header = page.locator("thead th.c-rate");
  await header.getByRole("button").click();
  expect(await header.getAttribute("aria-sort")).toBe("descending");
  expect(new URL(page.url()).searchParams.get("sort")).toBe("rate");
  const rates = (await page.locator("tbody .c-rate strong").allTextContents()).map(Number);
  expect(rates).toEqual(rates.toSorted((a, b) => b - a));
  expect((await column(page, "rate")).at(-1), "a case without a figure stays last").toBe("no figure");

  const descending = await gpus(page);
  await page.reload();
  expect(await gpus(page)).toEqual(descending);

  // The keyboard does the same, and turns the order round.
  await header.getByRole("button").focus();
  await page.keyboard.press("Enter");
  expect(await header.getAttribute("aria-sort")).toBe("ascending");
  expect((await column(page, "rate")).at(-1)).toBe("no figure");
  expect(await gpus(page)).not.toEqual(descending);
  expect(site.trouble).toEqual([]);
});

it("chooses the task, filters without moving a rank, says how many lines are left, and resets", async () => {
  const page = await site.open(measured);
  await page.getByLabel("inference").check();
  expect(new URL(page.url()).searchParams.get("phase")).toBe("infer");
  expect((await column(page, "status")).join()).toContain("throttled");

  await page.getByLabel("Search GPU").fill("v100  TESLA");
  expect(await gpus(page)).toEqual(["Tesla V100 SXM2 16 GB"]);
  expect(await column(page, "rank"), "hidden lines still count").toEqual(["3"]);
  expect(await page.getByRole("status").textContent()).toMatch(/^1 of \d+ lines$/);

  await page.getByLabel("Search GPU").fill("no such device");
  expect(await page.getByText("Nothing matches these filters.").isVisible()).toBe(true);
  await page.getByRole("button", { name: "Reset" }).click();
  expect(new URL(page.url()).search).toBe("?phase=infer");

  await page.getByLabel("Vendor").selectOption("amd");
  await page.getByLabel("predicted").uncheck();
  await page.getByLabel("published").uncheck();
  expect(await gpus(page)).toEqual(["AMD EPYC 7543"]);
  const shared = await site.open(new URL(page.url()).search);
  expect(await gpus(shared)).toEqual(["AMD EPYC 7543"]);
  await shared.goto(`${site.url}?kind=measured&memory=20`);
  expect(await gpus(shared)).toEqual(["GeForce RTX 3090", "AMD EPYC 7543"]);
  await site.open("?sort=nonsense&dir=sideways&model=none&memory=x&kind=");
  expect(site.trouble).toEqual([]);
});

it("leads from a GPU to its run, with environment, samples, command and the record itself", async () => {
  const page = await site.open(measured);
  await page.getByRole("link", { name: "GeForce RTX 3090" }).last().click();
  await page.waitForURL(/\/sub\/gpu\/geforce-rtx-3090\/$/);
  expect(await page.getByText("stands").first().isVisible()).toBe(true);
  expect(await page.locator("#history ~ .chart svg").count(), "the history of what was measured twice").toBe(1);
  await page.locator("#figures ~ .scroller a").first().click();
  await page.waitForURL(/\/sub\/result\/k3v9x0q2m7ab\/#case-/);
  expect(await page.locator("h1").textContent()).toBe("GeForce RTX 3090");
  expect(await page.getByRole("row", { name: "CPU AMD EPYC 7543" }).isVisible()).toBe(true);
  expect(await page.locator("figure svg .dots").count()).toBe(10);
  expect(await page.locator("figure svg .warmup").count(), "the warm-up is visible").toBe(10);
  expect(await page.locator("pre").first().textContent()).toBe(
    "$ npx -y pnpm@12 bench run vit/vit-small-patch16-224 --phase train --size full --batch 8" +
      " --engine onnxruntime --device cuda:0 --precision fp32 --mode ranked --seed 42",
  );
  await page.getByText("Samples as a table").first().click();
  // Its lines are written when it opens.
  await page.locator("figure table").first().locator("tbody tr").first().waitFor();
  expect(await page.locator("figure table").first().locator("tbody tr").count()).toBe(12);

  const raw = await page.getByRole("link", { name: "Run file (JSON)" }).getAttribute("href");
  const response = await page.request.get(new URL(raw!, page.url()).href);
  const [run] = await exampleRuns();
  expect(await response.text()).toBe(await readFile(join(site.work, "results", runFilePath(run!)), "utf8"));

  await page.getByRole("link", { name: "vit-small-patch16-224" }).first().click();
  await page.waitForURL(/\/sub\/model\/vit\/vit-small-patch16-224\/$/);
  expect(await gpus(page)).toContain("GeForce RTX 3090");
  expect(site.trouble).toEqual([]);
});

it("draws a model's data flow with a table that says the same", async () => {
  const page = await site.open("model/deblur/deblurgan/");
  const figure = page.getByRole("img", { name: "Data flow: DeblurGAN" });
  const boxes = await figure.locator("g").count();
  expect(boxes).toBeGreaterThan(5);
  await page.getByText("The same as a table").first().click();
  expect(await page.locator("figure table tbody tr").count()).toBe(boxes);
  expect(await figure.getByText("×9").count(), "nine equal residual blocks are one box").toBe(1);
});

it("compares GPUs from the URL and from the lists, and says what cannot be told apart", async () => {
  const page = await site.open("compare/?a=geforce-rtx-3090&b=tesla-v100-sxm2-16gb");
  const cells = await page.locator("table.compare").first().locator("tbody td").allInnerTexts();
  expect(cells[1]).toMatch(/0\.70\d+ ×/);
  expect(cells[1]).toContain("slower");
  const mean = await page.locator("tfoot td").nth(1).innerText();
  expect(mean).toMatch(/over 2 tasks/);

  await page.getByLabel("GPU C").selectOption("gpu-like-the-first");
  expect(new URL(page.url()).searchParams.get("c")).toBe("gpu-like-the-first");
  expect(await page.locator("table.compare").first().innerText()).toContain("not distinguishable");
  await page.getByLabel("GPU A").selectOption("geforce-rtx-4090");
  await page.getByLabel("GPU B").selectOption("");
  expect(await page.getByText("These GPUs share no measured task").isVisible()).toBe(true);
  expect(await page.getByRole("row", { name: /Memory bandwidth/ }).innerText()).toContain("1,010 GB/s");
  await site.open("compare/?a=nothing&b=%3Cscript%3E");
  expect(site.trouble).toEqual([]);
});

it("shows what a record says as text, never as markup", async () => {
  const page = await site.open(measured);
  expect(await gpus(page)).toContain(hostileName);
  expect((await column(page, "status")).join()).toContain(hostileReason);
  for (const path of [
    "",
    "gpu/gpu-of-a-stranger/",
    "result/gggghhhhiiii/",
    "compare/",
    "model/vit/vit-small-patch16-224/",
  ]) {
    await page.goto(site.url + path);
    expect(await page.locator("img, main script:not([type='application/json']):not([src])").count(), path).toBe(0);
    expect(await page.title(), path).not.toBe("owned");
  }
  await page.goto(`${site.url}result/gggghhhhiiii/`);
  expect(await page.locator("h1").textContent()).toBe(hostileName);
  expect(await page.getByText(hostileReason).first().isVisible()).toBe(true);
  expect(await page.title()).toBe(`${hostileName}, run gggghhhhiiii · epochmark`);
  expect(site.trouble).toEqual([]);
});

it("has no page, in any language, where a record's text became markup", async () => {
  const files = (await readdir(site.folder, { recursive: true })).filter((file) => file.endsWith(".html"));
  let shown = 0;
  for (const file of files) {
    const text = await readFile(join(site.folder, file), "utf8");
    const { document } = parseHTML(text);
    if (document.body.textContent.includes("document.title='owned'")) shown++;
    expect(document.querySelectorAll("img, iframe, main script[src]:not([src*='_astro/'])").length, file).toBe(0);
    for (const element of document.querySelectorAll("*")) {
      const own = [...element.attributes];
      expect(
        own.filter(({ name }) => name.startsWith("on")).map(({ name }) => name),
        file,
      ).toEqual([]);
      expect(/^\s*javascript:/i.test(element.getAttribute("href") ?? ""), file).toBe(false);
    }
  }
  // Home, GPU list, its own page, its result, compare and the model's page, in both languages.
  expect(shown).toBe(12);
});

it("says what the sensors told, and why they told nothing", async () => {
  const page = await site.open("result/aaaabbbbcccc/");
  const power = page.getByRole("row", { name: /^Power/ }).first();
  expect(await power.innerText()).toContain("210 W on average, 25.0 W before");
  expect(
    await page
      .getByRole("row", { name: /^Clock/ })
      .first()
      .innerText(),
  ).toContain("1,380 MHz");
  expect(
    await page
      .getByRole("row", { name: /^Temperature/ })
      .first()
      .innerText(),
  ).toContain("at most 66.0 °C");
  const unknown = await site.open("result/k3v9x0q2m7ab/");
  expect(
    await unknown
      .getByRole("row", { name: /^Power/ })
      .first()
      .innerText(),
  ).toContain("not known: nvidia-smi was not found");
  expect(site.trouble).toEqual([]);
});

it("gives a GPU's power, price, matrix units and interfaces, each with its source", async () => {
  const page = await site.open("gpu/geforce-rtx-3090/");
  const { tdpW, launchUsd, tensorTflops } = findGpu("geforce-rtx-3090")!;
  const facts = {
    "Board power": `${formatFigure(tdpW!.value)} W`,
    "Price at launch": `$${formatFigure(launchUsd!.value)}`,
    "FP16 matrix units, dense": `${formatFigure(tensorTflops!.value)} TFLOPS`,
    "Interfaces that serve it": `CUDA (toolkit ${apisOf(findGpu("geforce-rtx-3090")!).cuda!.from} and newer)`,
  };
  for (const [name, value] of Object.entries(facts)) {
    const row = page.getByRole("row", { name: new RegExp(`^${name}`) });
    expect(await row.innerText()).toContain(value);
    const source = await row.getByRole("link").getAttribute("href");
    expect((await page.locator(source!).innerText()).length, name).toBeGreaterThan(20);
  }
  expect(
    await page
      .getByRole("row", { name: /^Board power/ })
      .getByRole("link")
      .getAttribute("href"),
  ).toMatch(/^#source-/);
});

it("follows the system's theme until a reader chooses, keeps the choice, and paints nothing else first", async () => {
  const page = await site.open(measured);
  await page.addInitScript(() => {
    // The theme in force when the body begins, before anything is painted.
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      (globalThis as unknown as { first: string }).first = document.documentElement.dataset["theme"] ?? "system";
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const first = () => page.evaluate(() => (globalThis as unknown as { first: string }).first);
  await page.emulateMedia({ colorScheme: "light" });
  await page.reload();
  const light = await paper();
  expect(await first()).toBe("system");
  const dark = page.getByRole("button", { name: "Dark" });
  expect(await dark.getAttribute("aria-pressed")).toBe("false");
  await dark.click();
  expect(await dark.getAttribute("aria-pressed")).toBe("true");
  expect(await paper()).not.toBe(light);
  await page.goto(`${site.url}ja/method/`);
  expect(await first()).toBe("dark");
  expect(await paper()).not.toBe(light);
  // A choice that the system makes too is none.
  await page.getByRole("button", { name: "ダーク" }).click();
  await page.reload();
  expect(await first()).toBe("system");
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await paper()).not.toBe(light);
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  expect(await paper(), "print is dark on light").toBe(light);
  expect(site.trouble).toEqual([]);
});

it("speaks Japanese at the same addresses below ja/, and leads back", async () => {
  const page = await site.open(`ja/${measured}`);
  expect(await page.locator("html").getAttribute("lang")).toBe("ja");
  expect(await page.locator("h1").textContent()).toBe("この論文にはどの GPU が必要か");
  expect((await column(page, "status"))[0]).toContain("実測");
  await page.getByRole("link", { name: "比較" }).first().click();
  await page.waitForURL(/\/sub\/ja\/compare\/$/);
  await page.getByRole("link", { name: "English" }).click();
  await page.waitForURL(/\/sub\/compare\/$/);
  expect(site.trouble).toEqual([]);
});

it("offers the data, with formula cells escaped and hashes that are those of the files", async () => {
  const page = await site.open("data/");
  const links = await page.locator("tbody a").all();
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) {
    const response = await page.request.get(new URL((await link.getAttribute("href"))!, page.url()).href);
    const hash = await page.evaluate(
      async (bytes) => {
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
        return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      },
      [...(await response.body())],
    );
    expect(await page.locator("tbody tr", { has: page.getByText(await link.innerText()) }).innerText()).toContain(hash);
  }
  const csv = await readFile(join(site.folder, "results.csv"), "utf8");
  expect(csv).toContain(`"'=HYPERLINK(`);
  expect(csv).not.toMatch(/(^|,)"?[=+@]/m);
  expect(JSON.parse(await readFile(join(site.folder, "results.json"), "utf8")).runs).toHaveLength(
    (await exampleRuns()).length,
  );
});

it("answers an unknown address with a page that leads home", async () => {
  const page = await site.open("deep/nowhere/");
  expect(await page.locator("h1").textContent()).toBe("Nothing measured here");
  expect(site.trouble.splice(0).every((line) => line.includes("404"))).toBe(true);
  await page.getByRole("link", { name: "find it in the leaderboard" }).click();
  await page.waitForURL(site.url);
  expect(site.trouble).toEqual([]);
});

const pages = {
  home: "",
  result: "result/k3v9x0q2m7ab/",
  failed: "result/gggghhhhiiii/",
  model: "model/vit/vit-small-patch16-224/",
  flow: "model/trtr/trtr/",
  gpu: "gpu/geforce-rtx-3090/",
  gpus: "gpu/",
  compare: "compare/?a=geforce-rtx-3090&b=tesla-v100-sxm2-16gb&c=gpu-like-the-first",
  plan: "plan/?days=3&loader=20",
  method: "method/",
  "add-gpu": "add-gpu/",
  "add-paper": "add-paper/",
  data: "data/",
  japanese: "ja/",
  "method-japanese": "ja/method/",
  "result-japanese": "ja/result/aaaabbbbcccc/",
  "plan-japanese": "ja/plan/?days=3",
  missing: "404.html",
};
it.each(Object.entries(pages))("is accessible and fits both screens in both themes: %s", async (name, path) => {
  await mkdir(screenshots, { recursive: true });
  const page = await site.open(path);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      await openAll(page, true);
      expect(await overflow(page), `${name} overflows at ${width} px`).toBe(0);
      expect(await graveFindings(page)).toEqual([]);
      await openAll(page, false);
    }
  }
  expect(site.trouble).toEqual([]);
});

it("gives every page a title and a description of its own, and lists it in the sitemap", async () => {
  const files = (await readdir(site.folder, { recursive: true })).filter((file) => file.endsWith(".html"));
  const texts = await Promise.all(files.map((file) => readFile(join(site.folder, file), "utf8")));
  const heads = texts.map((text) => [
    /<title>(.*?)<\/title>/s.exec(text)![1]!,
    /<meta name="description" content="(.*?)"/s.exec(text)![1]!,
  ]);
  for (const part of [0, 1]) {
    const all = heads.map((head) => head[part]!);
    expect(all.filter((text, i) => all.indexOf(text) !== i)).toEqual([]);
  }
  const map = await readFile(join(site.folder, "sitemap-0.xml"), "utf8");
  const listed = [...map.matchAll(/<loc>[^<]*\/sub\/([^<]*)<\/loc>/g)].map(([, path]) => path);
  expect(listed.toSorted()).toEqual(
    files
      .filter((file) => file !== "404.html")
      .map((file) => file.replace(/index\.html$/, ""))
      .toSorted(),
  );
});

it("loads nothing that could hold up the first view, and prints without controls", async () => {
  const page = await site.open(measured);
  const scripts = await page
    .locator("script[src]")
    .evaluateAll((all) => all.map((one) => (one as HTMLScriptElement).type));
  expect(scripts).toEqual(scripts.map(() => "module"));
  expect(await page.locator("svg:not([width]):not(.bar), img:not([width])").count()).toBe(0);
  await page.emulateMedia({ media: "print" });
  expect(await page.getByLabel("Search GPU").isVisible()).toBe(false);
  expect(await page.locator("table.board").isVisible()).toBe(true);
});

it("plans with the planner's own numbers, keeps the wish in the URL, and never calls a prediction measured", async () => {
  const page = await site.open("plan/?model=deblur%2Fdeblurgan&own=rtx+3090&days=1000");
  const expected = planTraining({
    model: "deblur/deblurgan",
    device: deviceById("geforce-rtx-3090"),
    precision: "fp32",
    software: "pytorch",
    evidence: evidenceOf(await exampleRuns()),
  });
  const row = page.locator("tr[data-gpu=geforce-rtx-3090]");
  expect(await row.locator("td").nth(1).innerText()).toContain(formatDays(expected.hours.median, wordsOf("en")));
  expect(await row.locator(".kind").innerText()).toBe("predicted");
  await page.getByLabel("Deadline (days)").fill("0.001");
  expect(await row.locator("td").first().innerText()).toBe("no");
  expect(new URL(page.url()).searchParams.get("days")).toBe("0.001");
  expect(site.trouble).toEqual([]);
});

it("answers a deadline and a slow loader as bench plan does", async () => {
  const cli = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
  const words = "plan deblur/deblurgan --gpu geforce-rtx-3090 --deadline 3d --loader 12 --power-price 0.3 --json";
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...words.split(" ")]);
  const [expected] = JSON.parse(stdout) as [
    { hours: Estimate; kWh: Estimate; money: Estimate; bound: string; cheapest: { gpu: string; hours: Estimate } },
  ];
  const page = await site.open("plan/?model=deblur%2Fdeblurgan&own=geforce+rtx+3090&days=3&loader=12&price=0.3");
  const row = page.locator("tr[data-gpu=geforce-rtx-3090]");
  const cell = (n: number) => row.locator("td").nth(n).innerText();
  const english = wordsOf("en");
  for (const hours of Object.values(expected.hours)) expect(await cell(1)).toContain(formatDays(hours, english));
  expect(expected.bound).toBe("loader");
  expect(await cell(1)).toContain("the loader decides");
  for (const kWh of Object.values(expected.kWh)) expect(await cell(2)).toContain(formatFigure(kWh));
  for (const money of Object.values(expected.money)) expect(await cell(3)).toContain(formatFigure(money));
  const best = page.locator(".answer-line");
  expect(await best.getByRole("link").getAttribute("href")).toBe(`../gpu/${expected.cheapest.gpu}/`);
  for (const hours of Object.values(expected.cheapest.hours))
    expect(await best.innerText()).toContain(formatDays(hours, english));
  expect(await best.locator(".kind").innerText()).toBe("predicted");
  expect(site.trouble).toEqual([]);
});

it("marks every figure of the leaderboard with its kind, and ranks no prediction", async () => {
  const page = await site.open("?model=deblur%2Fdeblurgan&phase=train&workload=paper-1&all=1");
  const rows = page.locator("table.board tbody tr[data-kind=predicted]");
  expect(await rows.count()).toBeGreaterThan(50);
  expect(new Set(await rows.locator(".kind").allInnerTexts())).toEqual(new Set(["predicted"]));
  expect(new Set(await rows.locator(".c-rank").allInnerTexts())).toEqual(new Set(["–"]));
  expect(site.trouble).toEqual([]);
});

it("has no English sentence of the interface on its Japanese pages", async () => {
  const leaves = (words: object): string[] =>
    Object.values(words).flatMap((word: unknown) =>
      typeof word === "string" ? [word] : typeof word === "object" && word !== null ? leaves(word) : [],
    );
  const own = new Set(leaves(wordsOf("ja")));
  const english = leaves(wordsOf("en")).filter((text) => text.includes(" ") && text.length > 8 && !own.has(text));
  const files = (await readdir(join(site.folder, "ja"), { recursive: true })).filter((file) => file.endsWith(".html"));
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const { document } = parseHTML(await readFile(join(site.folder, "ja", file), "utf8"));
    for (const data of document.querySelectorAll("script")) data.remove();
    // What a record or the catalogue says stands as it is.
    for (const quoted of document.querySelectorAll("[lang=en], bdi, .papers, pre")) quoted.remove();
    const text = document.documentElement.textContent;
    expect(
      english.filter((sentence) => text.includes(sentence)),
      file,
    ).toEqual([]);
    expect(/\d (?:days|weeks|unknown|steps?)\b/.exec(text)?.[0], file).toBeUndefined();
  }
});
