import { RunFile } from "@epochmark/schema";
import { glob } from "astro/loaders";
import { z } from "astro/zod";
import { defineCollection } from "astro:content";
import { runFiles } from "./data/run-files.ts";

/** The published run files: `results/` of this repository, or the folder that EPOCHMARK_RESULTS names. */
const results = defineCollection({
  loader: runFiles(process.env["EPOCHMARK_RESULTS"] ?? "../results"),
  schema: RunFile,
});

/** Pages of prose, `<language>/<page>`. */
const docs = defineCollection({
  loader: glob({ base: "./src/docs", pattern: "*/*.md" }),
  schema: z.strictObject({ title: z.string(), description: z.string() }),
});

export const collections = { results, docs };
