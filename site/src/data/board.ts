import { gpus as catalogGpus } from "@epochmark/catalog";
import { findModel } from "@epochmark/catalog/papers";
import { leaderboard, type LeaderboardRow } from "@epochmark/records";
import type { CatalogGpu, Interval, RunFile } from "@epochmark/schema";
import type { Board, BoardGpu, Entry, Range, Task } from "../board/types.ts";
import { trainingHours } from "./hours.ts";

/** Collects a board: GPUs and tasks get their positions when they are first named. */
class BoardBuilder {
  readonly board: Board = { gpus: [], tasks: [], entries: [] };
  readonly #gpus = new Map<string, number>();
  readonly #tasks = new Map<string, number>();

  gpu(id: string, make: () => BoardGpu): number {
    return this.#position(this.#gpus, this.board.gpus, id, make);
  }

  task(key: string, make: () => Task): number {
    return this.#position(this.#tasks, this.board.tasks, key, make);
  }

  add(entry: Entry): void {
    this.board.entries.push(entry);
  }

  #position<T>(known: Map<string, number>, list: T[], key: string, make: () => T): number {
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, list.length);
    return list.push(make()) - 1;
  }
}

/** The board of these run files, with the catalogue's published figures and the planner's predictions beside them. */
export const buildBoard = (files: readonly RunFile[]): Board => {
  const builder = new BoardBuilder();
  for (const row of leaderboard(files)) builder.add(measuredEntry(builder, row));
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

/** A GPU of the catalogue as the board shows it. */
export const catalogBoardGpu = (gpu: CatalogGpu): BoardGpu => ({
  id: gpu.id,
  name: gpu.name,
  vendor: gpu.vendor,
  kind: gpu.kind,
  year: gpu.year,
  memoryGiB: gpu.memoryGB.value,
  bandwidthGBs: gpu.bandwidthGBs?.value ?? null,
  fp32Tflops: gpu.fp32Tflops?.value ?? null,
  priceUsd: null,
});

/** What people call a model; its path where the catalogue does not know it. */
const titleOf = (path: string): string => findModel(path)?.title ?? path;

/** Five digits are more than any figure here is worth. */
const short = (value: number): number => Number(value.toPrecision(5));

const rangeOf = ({ median, low, high }: Interval): Range => ({
  median: short(median),
  low: low === null ? null : short(low),
  high: high === null ? null : short(high),
});
