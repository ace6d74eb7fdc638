import { readFile } from "node:fs/promises";
import type { APIRoute } from "astro";
import { root } from "astro:config/server";
import { publishedRuns, type PublishedRun } from "../../data/load.ts";

export const getStaticPaths = async (): Promise<{ params: { id: string }; props: PublishedRun }[]> =>
  (await publishedRuns()).map((run) => ({ params: { id: run.id }, props: run }));

/** The run file as it lies in `results/`, byte for byte. */
export const GET: APIRoute<PublishedRun> = async ({ props }) =>
  new Response(await readFile(new URL(props.filePath, root)), {
    headers: { "content-type": "application/json; charset=utf-8" },
  });
