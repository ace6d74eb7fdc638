import type { BoardGpu, Entry } from "./types.ts";

/** An entry with what the chosen view says of it. */
export type Line = Entry & { gpuInfo: BoardGpu; rank: number | null; perDollar: number | null };

type Column = {
  /** Name in the URL: `?sort=rate`. */
  id: string;
  /** Direction of the first click. */
  first: "asc" | "desc";
  numeric: boolean;
  /** What lines are sorted by; null stays last in either direction. */
  value: (line: Line) => number | string | null;
};

/** The leaderboard's columns, left to right. */
export const columns = [
  { id: "rank", first: "asc", numeric: true, value: ({ rank }) => rank },
  { id: "gpu", first: "asc", numeric: false, value: ({ gpuInfo }) => gpuInfo.name },
  { id: "rate", first: "desc", numeric: true, value: ({ rate }) => rate?.median ?? null },
  { id: "hours", first: "asc", numeric: true, value: ({ hours }) => hours?.median ?? null },
  { id: "memory", first: "asc", numeric: true, value: ({ memory }) => memory?.MiB ?? null },
  { id: "price", first: "desc", numeric: true, value: ({ perDollar }) => perDollar },
  { id: "energy", first: "asc", numeric: true, value: ({ joulesPerImage }) => joulesPerImage },
  { id: "engine", first: "asc", numeric: false, value: ({ engine }) => engine },
  { id: "status", first: "asc", numeric: false, value: ({ kind, status }) => `${kind} ${status}` },
  { id: "confirmations", first: "desc", numeric: true, value: (line) => (line.ranked ? line.confirmations : null) },
  { id: "date", first: "desc", numeric: false, value: ({ date }) => date },
] as const satisfies readonly Column[];

export type ColumnId = (typeof columns)[number]["id"];
