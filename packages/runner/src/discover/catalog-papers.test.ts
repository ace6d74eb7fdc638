import { papers } from "@epochmark/catalog/papers";
import { expect, test } from "vitest";
import { catalogPaper } from "./catalog-papers.ts";
import { discoverPlugins } from "./discover.ts";

test("the catalogue's papers are those of the plugins (else run `pnpm papers`)", async () => {
  const { plugins } = await discoverPlugins();
  expect(papers).toEqual(plugins.map(catalogPaper));
});
