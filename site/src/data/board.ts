import { gpus as catalogGpus } from "@epochmark/catalog";
import { findModel } from "@epochmark/catalog/papers";
import type { Evidence } from "@epochmark/planner";
import { leaderboard, type LeaderboardRow } from "@epochmark/records";
import type { RunFile } from "@epochmark/schema";
import type { Board, BoardGpu, Entry } from "../board/types.ts";
import { BoardBuilder, catalogBoardGpu, rangeOf, titleOf } from "./board-builder.ts";
import { trainingHours } from "./hours.ts";
import { addPredictions } from "./predictions.ts";
import { addPublished } from "./published.ts";

/** The board of these run files (and what the planner learns from them), with the catalogue's published figures and the planner's predictions beside them. */
export const buildBoard = (files: readonly RunFile[], evidence: readonly Evidence[]): Board => {
  const builder = new BoardBuilder();
  for (const row of leaderboard(files)) builder.add(measuredEntry(builder, row));
  addPublished(builder);
  addPredictions(builder, evidence);
  return builder.board;
};

const measuredEntry = (builder: BoardBuilder, row: LeaderboardRow): Entry => {
  const { summary } = row;
  const path = `${row.plugin}/${row.model}`;
  const rate = summary && rangeOf(summary.imagesPerSecond);
  const recipe = row.phase === "train" && row.size === "full" ? findModel(path)?.recipe : null;
  return {
    kind: "measured",
    gpu: builder.gpu(row.gpu.id, () => boardGpu(row)),
    task: builder.task(row.task, () => ({
      key: row.task,
      path,
      title: titleOf(path),
      phase: row.phase,
      size: row.size,
      workload: row.workload,
      batch: row.batch,
      precision: row.precision,
      memory: null,
    })),
    engine: row.engine,
    version: row.engineVersion,
    device: row.device,
    status: row.status,
    reason: row.reason,
    mode: row.mode,
    rate,
    step: summary && rangeOf(summary.stepMs),
    launches: summary?.launches ?? 0,
    ranked: row.rank !== null,
    memory: memoryOf(row),
    joulesPerImage: summary?.joulesPerImage ?? null,
    hours: recipe && rate ? trainingHours(recipe, rate) : null,
    confirmations: row.confirmations,
    date: row.startedAt,
    run: { id: row.runId, caseIndex: row.caseIndex },
    source: null,
  };
};

const memoryOf = ({ summary }: LeaderboardRow): Entry["memory"] => {
  if (summary === null) return null;
  if (summary.devicePeakMiB !== null) return { MiB: Math.round(summary.devicePeakMiB), where: "device" };
  return summary.hostPeakMiB === null ? null : { MiB: Math.round(summary.hostPeakMiB), where: "host" };
};

/** A GPU as the catalogue knows it, else as its run file says. */
const boardGpu = ({ gpu }: LeaderboardRow): BoardGpu => {
  const known = catalogGpus.find(({ id }) => id === gpu.id);
  if (known) return catalogBoardGpu(known);
  const memoryGiB = gpu.memoryMiB === null ? null : Math.round(gpu.memoryMiB / 1024);
  const { id, name, vendor, kind } = gpu;
  return { id, name, vendor, kind, year: null, memoryGiB, bandwidthGBs: null, fp32Tflops: null, priceUsd: null };
};
