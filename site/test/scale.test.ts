import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { leaderboard } from "@epochmark/records";
import type { RunFile } from "@epochmark/schema";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Board } from "../src/board/types.ts";
import { column, gpus, SiteUnderTest } from "./harness.ts";
import { manyRuns } from "./scale.ts";
import { weightOf } from "./weight.ts";

let runs: RunFile[];
let site: SiteUnderTest;
beforeAll(async () => {
  runs = await manyRuns();
  site = await SiteUnderTest.build(runs);
});
afterAll(() => site?.close());

it("stays light with 2,000 cases of 80 GPUs", async () => {
  expect(runs.flatMap(({ cases }) => cases)).toHaveLength(2000);
  expect(await weightOf(site.folder, "index.html")).toBeLessThan(300_000);
});

it("shows the ranks that the records give, of the run that stands", async () => {
  const page = await site.open("?kind=measured&model=deblur%2Fdeblurgan&phase=train&all=1");
  const rows = leaderboard(runs).filter(({ model, phase }) => model === "deblurgan" && phase === "train");
  // Equal ranks may stand in any order.
  const expected = rows.map(({ rank, gpu }) => `${rank} ${gpu.name}`);
  const [names, ranks] = [await gpus(page), await column(page, "rank")];
  expect(ranks).toEqual(ranks.toSorted((a, b) => Number(a) - Number(b)));
  expect(ranks.map((rank, index) => `${rank} ${names[index]}`).toSorted()).toEqual(expected.toSorted());
  const home = await readFile(join(site.folder, "index.html"), "utf8");
  const board = JSON.parse(/id="board">(.*?)<\/script>/s.exec(home)![1]!) as Board;
  expect(board.entries.filter(({ kind }) => kind === "measured")).toHaveLength(rows.length * 5);
  expect(site.trouble).toEqual([]);
});
