import { columns, type Line } from "./columns.ts";
import { forecastEntries } from "./forecast.ts";
import { type State, taskOf } from "./state.ts";
import { type Board, type Entry, kinds } from "./types.ts";

/** What a state shows: its lines in order, how many the task has without filters, and the engines to choose from. */
export type View = {
  task: number;
  lines: Line[];
  total: number;
  engines: string[];
  /** img/s that the full width of a bar stands for: the largest in view. */
  scale: number;
  /** The ranked line with the most throughput, whatever the filters hide. */
  fastest: Line | null;
};

/**
 * The lines of the chosen task. A GPU has one line a kind: the fastest of its engines, or that of the chosen engine.
 * Ranks are those among all GPUs of the task (and engine): filters hide lines and move no rank.
 */
export const viewOf = (board: Board, state: State): View => {
  const task = taskOf(board, state);
  const entries = [...board.entries.filter((entry) => entry.task === task), ...forecastEntries(board, task)];
  const engines = [
    ...new Set(entries.filter(({ kind }) => kind === "measured").map(({ engine }) => engine)),
  ].toSorted();
  const ofEngine = state.engine === null ? entries : entries.filter(({ engine }) => engine === state.engine);
  const best = [...Map.groupBy(ofEngine, ({ gpu, kind }) => `${gpu} ${kind}`).values()].map(fastest);
  const all = best.map((entry): Line => {
    const gpuInfo = board.gpus[entry.gpu]!;
    const dollars = gpuInfo.priceUsd;
    const perDollar = entry.rate === null || dollars === null ? null : (entry.rate.median / dollars) * 1000;
    return { ...entry, gpuInfo, rank: rankOf(entry, best), perDollar };
  });
  const lines = all.filter(wantedBy(state)).toSorted(orderOf(state));
  const [fastestLine] = all.filter(({ ranked }) => ranked).toSorted((a, b) => merit(b) - merit(a));
  return { task, lines, total: all.length, engines, scale: scaleOf(lines), fastest: fastestLine ?? null };
};

const fastest = (entries: readonly Entry[]): Entry => entries.toSorted((a, b) => merit(b) - merit(a))[0]!;

/** Ranked before measured before failed, then by throughput. */
const merit = ({ ranked, status, rate }: Entry): number =>
  (rate?.median ?? 0) + (status === "ok" ? 1e12 : 0) + (ranked ? 1e13 : 0);

/** 1 + the number of GPUs that are wholly faster, as `leaderboard` of the records ranks. */
const rankOf = (entry: Entry, among: readonly Entry[]): number | null => {
  const low = entry.step?.low;
  if (!entry.ranked || low === null || low === undefined) return null;
  return (
    1 + among.filter(({ gpu, ranked, step }) => ranked && gpu !== entry.gpu && (step?.high ?? Infinity) < low).length
  );
};

const wantedBy = (state: State): ((line: Line) => boolean) => {
  const words = normalize(state.query).split(" ");
  return ({ kind, gpuInfo, engine }) => {
    if (!state.kinds.includes(kind)) return false;
    if (state.vendor !== null && gpuInfo.vendor !== state.vendor) return false;
    if (state.year !== null && (gpuInfo.year ?? 0) < state.year) return false;
    if (state.memory !== null && (gpuInfo.memoryGiB ?? 0) < state.memory) return false;
    const text = normalize(`${gpuInfo.name} ${gpuInfo.vendor} ${engine}`);
    return words.every((word) => text.includes(word));
  };
};

const normalize = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim();

const orderOf = ({ sort, descending }: State): ((a: Line, b: Line) => number) => {
  const { value } = columns.find(({ id }) => id === sort)!;
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [value(a), value(b)];
    // A line without a figure is neither fast nor slow: it stays below in both directions.
    const absent = Number(left === null) - Number(right === null);
    if (absent !== 0 || left === null || right === null) return absent || byStanding(a, b);
    const order =
      typeof left === "number" ? left - Number(right) : left.localeCompare(String(right), "en", { numeric: true });
    return sign * order || byStanding(a, b);
  };
};

/** Among equals: measured, then published, then predicted; the faster first. */
const byStanding = (a: Line, b: Line): number =>
  kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
  (b.rate?.median ?? 0) - (a.rate?.median ?? 0) ||
  a.gpuInfo.name.localeCompare(b.gpuInfo.name, "en", { numeric: true });

const scaleOf = (lines: readonly Line[]): number =>
  lines.reduce((most, { rate }) => Math.max(most, rate?.high ?? rate?.median ?? 0), 0);
