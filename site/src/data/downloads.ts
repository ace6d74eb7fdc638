import { createHash } from "node:crypto";
import { apisOf, gpus } from "@epochmark/catalog";
import { papers } from "@epochmark/catalog/papers";
import { stringify } from "csv-stringify/sync";
import { once, publishedRuns } from "./load.ts";

/** A file that the site offers, and its text. */
export type Download = { path: string; type: string; text: string };

/** Every record, newest first, whole. */
export const resultsJson = once(async (): Promise<Download> => ({
  path: "results.json",
  type: "application/json",
  text: `${JSON.stringify({ runs: (await publishedRuns()).map(({ data }) => data) })}\n`,
}));

/** GPUs, with the interfaces that serve them, and papers of the catalogue. */
export const catalogJson = (): Download => ({
  path: "catalog.json",
  type: "application/json",
  text: `${JSON.stringify({ gpus: gpus.map((gpu) => ({ ...gpu, apis: apisOf(gpu) })), papers })}\n`,
});

/** One line a case. A cell that a spreadsheet would run as a formula gets an apostrophe before it. */
export const resultsCsv = async (): Promise<Download> => {
  const rows = (await publishedRuns()).flatMap(({ data: { cases, ...run } }) =>
    cases.map((found, index) => ({
      run: run.id,
      case: index + 1,
      started: run.startedAt,
      mode: run.mode,
      gpu: run.gpu.id,
      gpu_name: run.gpu.name,
      driver: run.gpu.driver,
      os: run.host.osVersion,
      harness: run.harness.version,
      plugin: found.plugin,
      model: found.model,
      phase: found.phase,
      size: found.size,
      workload: found.workload.name,
      batch: found.workload.batch,
      precision: found.precision,
      engine: found.engine.id,
      engine_version: found.engine.version,
      device: found.engine.device,
      replicas: found.replicas,
      status: found.status,
      reason: found.reason,
      images_per_second: found.summary?.imagesPerSecond.median,
      images_per_second_low: found.summary?.imagesPerSecond.low,
      images_per_second_high: found.summary?.imagesPerSecond.high,
      step_ms: found.summary?.stepMs.median,
      step_ms_low: found.summary?.stepMs.low,
      step_ms_high: found.summary?.stepMs.high,
      launches: found.summary?.launches,
      device_peak_mib: found.summary?.devicePeakMiB,
      host_peak_mib: found.summary?.hostPeakMiB,
      joules_per_image: found.summary?.joulesPerImage,
    })),
  );
  return { path: "results.csv", type: "text/csv", text: stringify(rows, { header: true, escape_formulas: true }) };
};

/** Everything but the schemas, in the order of the page. */
export const downloads = async (): Promise<Download[]> => [await resultsJson(), await resultsCsv(), catalogJson()];

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A download as a response of a static route. */
export const respond = ({ text, type }: Download): Response =>
  new Response(text, { headers: { "content-type": `${type}; charset=utf-8` } });
