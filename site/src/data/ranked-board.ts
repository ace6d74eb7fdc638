import { gpus as catalogGpus } from "@epochmark/catalog";
import type { Board } from "../board/types.ts";
import { catalogBoardGpu } from "./board-builder.ts";
import { publishedBoard } from "./load.ts";

/** The board for a comparison: ranked lines only, but every GPU of the catalogue, so that any two can be chosen. */
export const rankedBoard = async (): Promise<Board> => {
  const { gpus, tasks, entries } = await publishedBoard();
  const known = new Set(gpus.map(({ id }) => id));
  const others = catalogGpus.filter(({ id }) => !known.has(id)).map(catalogBoardGpu);
  return { gpus: [...gpus, ...others], tasks, forecasts: [], entries: entries.filter(({ ranked }) => ranked) };
};
