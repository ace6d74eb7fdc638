import { forecastEntries } from "./forecast.ts";
import type { Board, BoardGpu } from "./types.ts";

/** The least memory with which a task fits by prediction, and the GPUs that have it, newest first; null where nobody knows. */
export const smallestThatFit = (board: Board, task: number): { memoryGiB: number; gpus: BoardGpu[] } | null => {
  const fitting = forecastEntries(board, task)
    .filter(({ status }) => status === "ok")
    .map(({ gpu }) => board.gpus[gpu]!)
    .filter(({ memoryGiB }) => memoryGiB !== null);
  const memoryGiB = fitting.reduce((least, gpu) => Math.min(least, gpu.memoryGiB!), Infinity);
  if (memoryGiB === Infinity) return null;
  const gpus = fitting.filter((gpu) => gpu.memoryGiB === memoryGiB);
  return { memoryGiB, gpus: gpus.toSorted((a, b) => (b.year ?? 0) - (a.year ?? 0)) };
};
