import { findModel } from "@epochmark/catalog/papers";
import type { CatalogGpu, Interval } from "@epochmark/schema";
import type { Board, BoardGpu, Entry, Range, Task } from "../board/types.ts";

/** Collects a board: GPUs and tasks get their positions when they are first named. */
export class BoardBuilder {
  readonly board: Board = { gpus: [], tasks: [], entries: [], forecasts: [] };
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
  priceUsd: gpu.launchUsd?.value ?? null,
});

/** What people call a model; its path where the catalogue does not know it. */
export const titleOf = (path: string): string => findModel(path)?.title ?? path;

/** Five digits are more than any figure here is worth. */
const short = (value: number): number => Number(value.toPrecision(5));

export const rangeOf = ({ median, low, high }: Interval): Range => ({
  median: short(median),
  low: low === null ? null : short(low),
  high: high === null ? null : short(high),
});
