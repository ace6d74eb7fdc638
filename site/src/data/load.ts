import { getCollection } from "astro:content";
import type { RunFile } from "@epochmark/schema";
import type { Board } from "../board/types.ts";
import { buildBoard } from "./board.ts";

export type PublishedRun = { id: string; data: RunFile; body: string };

/** Every published run, newest first. */
export const publishedRuns = async (): Promise<PublishedRun[]> => {
  const runs = (await getCollection("results")) as PublishedRun[];
  return runs.toSorted((a, b) => Date.parse(b.data.startedAt) - Date.parse(a.data.startedAt) || (a.id < b.id ? -1 : 1));
};

let board: Promise<Board> | undefined;

/** The board of every published run; built once for all pages. */
export const publishedBoard = (): Promise<Board> =>
  (board ??= publishedRuns().then((runs) => buildBoard(runs.map(({ data }) => data))));
