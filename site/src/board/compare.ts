import { meanSpeedRatio, type Ratio, speedRatio, type Timed } from "@epochmark/records";
import type { Board, BoardGpu, Entry, Task } from "./types.ts";

/** GPUs side by side. A cell is null where that GPU has no ranked figure; ratios are against the first GPU. */
export type Comparison = {
  gpus: BoardGpu[];
  tasks: { task: Task; cells: (Entry | null)[]; ratios: (Ratio | null)[] }[];
  /** Geometric mean over the tasks that a GPU shares with the first, and how many those are. */
  means: { ratio: Ratio | null; tasks: number }[];
};

/** Compares GPUs on every task that at least two of them were ranked on, each by its fastest engine. */
export const comparisonOf = (board: Board, ids: readonly string[]): Comparison => {
  const positions = ids.map((id) => board.gpus.findIndex((gpu) => gpu.id === id)).filter((position) => position >= 0);
  const ranked = board.entries.filter((entry) => entry.ranked && positions.includes(entry.gpu));
  const tasks = board.tasks.flatMap((task, i) => {
    const cells = positions.map((gpu) => fastest(ranked.filter((entry) => entry.task === i && entry.gpu === gpu)));
    if (cells.filter((cell) => cell !== null).length < 2) return [];
    const ratios = cells.map((cell, column) => (column > 0 && cell && cells[0] ? between(cells[0], cell) : null));
    return [{ task, cells, ratios }];
  });
  const means = positions.map((_, column) => {
    const pairs = tasks.flatMap(({ cells: [first, ...others] }) => {
      const other = others[column - 1];
      return first && other ? [[timed(first), timed(other)] as const] : [];
    });
    return { ratio: column === 0 ? null : meanSpeedRatio(pairs), tasks: pairs.length };
  });
  return { gpus: positions.map((position) => board.gpus[position]!), tasks, means };
};

const fastest = (entries: readonly Entry[]): Entry | null =>
  entries.toSorted((a, b) => a.step!.median - b.step!.median)[0] ?? null;

const between = (a: Entry, b: Entry): Ratio => speedRatio(timed(a), timed(b));

const timed = ({ step, launches }: Entry): Timed => ({ stepMs: step!, launches });
