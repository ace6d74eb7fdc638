import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptWords } from "@epochmark/script";
import { openBrowser } from "./browser.ts";
import { buildSite } from "./build.ts";
import { writeRuns } from "./records.ts";
import { manyRuns } from "./scale.ts";
import { serve } from "./serve.ts";
import { weightOf } from "./weight.ts";

scriptWords({
  name: "site:scale",
  help: `How long the site takes with 2,000 cases over 80 GPUs, to build and to answer a click.

  pnpm site:scale`,
});
const work = await mkdtemp(join(tmpdir(), "epochmark-scale-"));
await writeRuns(join(work, "results"), await manyRuns());
const folder = join(work, "dist");
const start = performance.now();
const built = await buildSite({ results: join(work, "results"), out: folder });
if (!built.ok) throw new Error(built.output);
console.log(`build       ${((performance.now() - start) / 1000).toFixed(1)} s`);
console.log(`home page   ${(await weightOf(folder, "index.html")) / 1000} kB compressed`);

const [site, browser] = await Promise.all([serve(folder), openBrowser()]);
const page = await browser.newPage();
await page.goto(`${site.url}?all=1`);
/** Milliseconds from a click on a box to the frame after the one that draws its answer. */
const clicks = await page.locator(".kind-choice input").evaluateAll(async (boxes) => {
  const times: number[] = [];
  for (const box of [...boxes, ...boxes, ...boxes]) {
    const before = performance.now();
    (box as HTMLInputElement).click();
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    times.push(performance.now() - before);
  }
  return times;
});
console.log(`filter click ${clicks.map((ms) => ms.toFixed(0)).join(", ")} ms`);
await browser.close();
await site.close();
await rm(work, { recursive: true, force: true });
