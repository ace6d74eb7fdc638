import { type CatalogModel, CatalogPaper } from "@epochmark/schema";
import written from "./papers.json" with { type: "json" };

/** Every paper family of the repository's plugins, as `pnpm papers` wrote it. */
export const papers: readonly CatalogPaper[] = CatalogPaper.array().parse(written);

const byPath = new Map(papers.flatMap(({ id, models }) => models.map((model) => [`${id}/${model.id}`, model])));

/** The network of that path, `plugin/model`; undefined where no plugin of the repository has it. */
export const findModel = (path: string): CatalogModel | undefined => byPath.get(path);
