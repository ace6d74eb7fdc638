import { RunFile } from "@epochmark/schema";
import { defineCollection } from "astro:content";
import { runFiles } from "./data/run-files.ts";

/** The published run files: `results/` of this repository, or the folder that EPOCHMARK_RESULTS names. */
const results = defineCollection({
  loader: runFiles(process.env["EPOCHMARK_RESULTS"] ?? "../results"),
  schema: RunFile,
});

export const collections = { results };
