import { getCollection } from "astro:content";
import type { RunFile } from "@epochmark/schema";

export type PublishedRun = { id: string; data: RunFile; body: string };

/** Every published run, newest first. */
export const publishedRuns = async (): Promise<PublishedRun[]> => {
  const runs = (await getCollection("results")) as PublishedRun[];
  return runs.toSorted((a, b) => Date.parse(b.data.startedAt) - Date.parse(a.data.startedAt) || (a.id < b.id ? -1 : 1));
};
