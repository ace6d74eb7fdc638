import { getCollection } from "astro:content";
import { type Evidence, evidenceOf } from "@epochmark/planner";
import type { RunFile } from "@epochmark/schema";
import type { Board } from "../board/types.ts";
import { buildBoard } from "./board.ts";

/** A run and where its file lies, from the site's root. */
export type PublishedRun = { id: string; data: RunFile; filePath: string };

/** Reads once for all pages. */
export const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let found: Promise<T> | undefined;
  return () => (found ??= read());
};

/** Every published run, newest first. */
export const publishedRuns = once(async (): Promise<readonly PublishedRun[]> => {
  const runs = (await getCollection("results")) as PublishedRun[];
  return runs.toSorted((a, b) => Date.parse(b.data.startedAt) - Date.parse(a.data.startedAt) || (a.id < b.id ? -1 : 1));
});

const publishedData = once(async (): Promise<RunFile[]> => (await publishedRuns()).map(({ data }) => data));

/** What the planner learns from the published runs. */
export const publishedEvidence = once(async (): Promise<Evidence[]> => evidenceOf(await publishedData()));

/** The board of every published run. */
export const publishedBoard = once(async (): Promise<Board> =>
  buildBoard(await publishedData(), await publishedEvidence()),
);
