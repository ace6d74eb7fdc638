import type { TableRow } from "./rows.ts";

export type Column = {
  /** Name in the URL: `?sort=throughput`. */
  id: string;
  label: string;
  unit?: string;
  /** Direction of the first click. */
  first: "asc" | "desc";
  numeric: boolean;
  /** What rows are sorted by; null sorts last in either direction. */
  value: (row: TableRow) => number | string | null;
};

/** Memory of the device where it is known, else of the host process (MiB). */
export const memoryOf = ({ summary }: TableRow): { value: number; where: "device" | "host" } | null => {
  if (summary === null) return null;
  if (summary.devicePeakMiB !== null) return { value: summary.devicePeakMiB, where: "device" };
  return summary.hostPeakMiB === null ? null : { value: summary.hostPeakMiB, where: "host" };
};

/** The leaderboard's columns, left to right. */
export const columns = [
  { id: "rank", label: "Rank", first: "asc", numeric: true, value: ({ rank }) => rank },
  { id: "gpu", label: "GPU", first: "asc", numeric: false, value: ({ gpu }) => gpu.name },
  { id: "model", label: "Model", first: "asc", numeric: false, value: (row) => `${row.plugin}/${row.model}` },
  { id: "phase", label: "Phase", first: "asc", numeric: false, value: ({ phase }) => phase },
  {
    id: "throughput",
    label: "Throughput",
    unit: "img/s",
    first: "desc",
    numeric: true,
    value: ({ summary }) => summary?.imagesPerSecond.median ?? null,
  },
  {
    id: "step",
    label: "Step",
    unit: "ms",
    first: "asc",
    numeric: true,
    value: ({ summary }) => summary?.stepMs.median ?? null,
  },
  { id: "memory", label: "Memory", first: "asc", numeric: true, value: (row) => memoryOf(row)?.value ?? null },
  { id: "engine", label: "Engine", first: "asc", numeric: false, value: ({ engine }) => engine },
  { id: "status", label: "Status", first: "asc", numeric: false, value: ({ status, mode }) => `${status} ${mode}` },
  { id: "date", label: "Measured", first: "desc", numeric: false, value: ({ startedAt }) => startedAt },
] as const satisfies readonly Column[];
