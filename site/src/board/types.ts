import type { Case, DeviceKind, Mode, Phase, Precision, Size, Status, Vendor } from "@epochmark/schema";

/** What a figure is worth. The three are never drawn in one style, and only measured ones are ranked. */
export const kinds = ["measured", "published", "predicted"] as const;
export type Kind = (typeof kinds)[number];

/** A figure and the ends of its interval; null where there is none. */
export type Range = { median: number; low: number | null; high: number | null };

export type BoardGpu = {
  id: string;
  name: string;
  vendor: Vendor;
  kind: DeviceKind;
  year: number | null;
  memoryGiB: number | null;
  bandwidthGBs: number | null;
  fp32Tflops: number | null;
  /** Price at launch (US dollars). */
  priceUsd: number | null;
};

/** What is computed: rows of one task compare. */
export type Task = {
  key: string;
  /** `plugin/model`. */
  path: string;
  title: string;
  phase: Phase;
  size: Size;
  workload: Case["workload"]["name"];
  batch: number;
  precision: Precision;
  /** Device memory that the task is predicted to need (MiB). */
  memory: Range | null;
};

/** One line of the leaderboard. */
export type Entry = {
  kind: Kind;
  /** Positions in the board's lists. */
  gpu: number;
  task: number;
  engine: string;
  version: string | null;
  device: string | null;
  /** How a measured case ended; for a predicted one `ok` (fits) or `oom`. */
  status: Status;
  reason: string | null;
  mode: Mode | null;
  /** Images a second (img/s) and milliseconds a step, with their 95 % (measured) or 90 % (predicted) interval. */
  rate: Range | null;
  step: Range | null;
  launches: number;
  /** Whether this measured line takes part in the ranking. */
  ranked: boolean;
  memory: { MiB: number; where: "device" | "host" | "need" } | null;
  joulesPerImage: number | null;
  /** Hours of the paper's whole training at this rate. */
  hours: Range | null;
  confirmations: number;
  date: string | null;
  run: { id: string; caseIndex: number } | null;
  /** Where a published figure was read. */
  source: string | null;
};

/** What the planner says of one task, a place in each list for each GPU. */
export type Forecast = {
  task: number;
  software: string;
  /** Samples of the paper's whole training; null for inference. */
  samples: number | null;
  gpus: number[];
  /** Images a second, and how far the 90 % interval reaches: times and over exp(spread). */
  rates: number[];
  spreads: number[];
  /** A letter each: fits (`y`), probably (`p`), does not (`n`). */
  fits: string;
};

/** Everything that the leaderboard and the comparison show, as one document that a page embeds. */
export type Board = { gpus: BoardGpu[]; tasks: Task[]; entries: Entry[]; forecasts: Forecast[] };
