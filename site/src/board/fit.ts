import { forecastEntries } from "./forecast.ts";
import type { Board, BoardGpu, Range } from "./types.ts";

/** A GPU that a task fits on by prediction. */
type Fitting = { gpu: BoardGpu; hours: Range | null };

/** What the planner says of a task: the least memory with which it fits, GPUs that have it (newest first), and the fastest GPU. */
export type Fits = { memoryGiB: number; smallest: Fitting[]; fastest: Fitting };

/** GPUs that a task surely fits on by prediction, or else may fit on; null where nobody knows. */
export const fitsOf = (board: Board, task: number): Fits | null => {
  const letters = board.forecasts.find((forecast) => forecast.task === task)?.fits ?? "";
  const wanted = letters.includes("y") ? "y" : "p";
  const fitting = forecastEntries(board, task)
    .filter(({ gpu }, i) => letters[i] === wanted && board.gpus[gpu]!.memoryGiB !== null)
    .toSorted((a, b) => b.rate!.median - a.rate!.median)
    .map(({ gpu, hours }): Fitting => ({ gpu: board.gpus[gpu]!, hours }));
  const [fastest] = fitting;
  if (!fastest) return null;
  const memoryGiB = Math.min(...fitting.map(({ gpu }) => gpu.memoryGiB!));
  const smallest = fitting.filter(({ gpu }) => gpu.memoryGiB === memoryGiB);
  return { memoryGiB, smallest: smallest.toSorted((a, b) => (b.gpu.year ?? 0) - (a.gpu.year ?? 0)), fastest };
};
