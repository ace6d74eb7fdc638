import type { Range } from "../board/types.ts";
import type { Words } from "../i18n/index.ts";

const locale = "en-US";

/** Digits after the point that show three significant digits of a figure. */
const decimalsOf = (value: number): number =>
  value === 0 ? 0 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));

/** By digits after the point; making one costs more than a thousand uses. */
const formats = Array.from(
  { length: 7 },
  (_, decimals) => new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
);

const fixed = (value: number, decimals: number): string => formats[decimals]!.format(value);

/** A figure with three significant digits, whole from 100 on: `1,402`, `12.3`, `0.0451`. */
export const formatFigure = (value: number): string => fixed(value, decimalsOf(value));

/** Half the width of an interval, with the digits of its centre: `0.12`; null where there is no interval. */
export const formatHalfWidth = ({ median, low, high }: Range): string | null => {
  if (low === null || high === null) return null;
  const decimals = decimalsOf(median);
  const half = (high - low) / 2;
  const least = 10 ** -decimals;
  return half < least / 2 ? `<${fixed(least, decimals)}` : fixed(half, decimals);
};

/** Both ends of an interval with the digits of its centre: `5.21 – 5.40`; null where there is no interval. */
export const formatEnds = ({ median, low, high }: Range): string | null => {
  if (low === null || high === null) return null;
  const decimals = decimalsOf(median);
  return `${fixed(low, decimals)} – ${fixed(high, decimals)}`;
};

/** A large count with an SI letter: `22.1 M`, `220 G`. */
export const formatCount = (value: number): string => {
  const letters = ["", "k", "M", "G", "T", "P"];
  const step = value < 1 ? 0 : Math.min(letters.length - 1, Math.floor(Math.log10(value) / 3));
  return `${formatFigure(value / 1000 ** step)} ${letters[step]}`.trim();
};

const gibibytes = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/** Mebibytes for people: `1,404 MiB`, `24 GiB`. */
export const formatMiB = (value: number): string => {
  if (value < 10_240) return `${fixed(value, 0)} MiB`;
  return `${gibibytes.format(value / 1024)} GiB`;
};

/** Milliseconds as milliseconds below a second, else seconds, minutes or hours: `382 ms`, `12.4 s`, `3.10 min`, `2.05 h`. */
export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${formatFigure(ms)} ms`;
  if (ms < 120_000) return `${formatFigure(ms / 1000)} s`;
  return ms < 7_200_000 ? `${formatFigure(ms / 60_000)} min` : `${formatFigure(ms / 3_600_000)} h`;
};

/** Hours as people plan, in the words of a language: `25 min`, `3.40 h`, `2.10 days`, `5.00 weeks`. */
export const formatDays = (hours: number, { time }: Words): string => {
  if (hours < 1) return time.minutes(formatFigure(hours * 60));
  if (hours < 48) return time.hours(formatFigure(hours));
  return hours < 24 * 21 ? time.days(formatFigure(hours / 24)) : time.weeks(formatFigure(hours / 168));
};

/** Both ends of an interval of hours: `2.10 days – 2.40 days`; null where there is no interval. */
export const formatDayEnds = ({ low, high }: Pick<Range, "low" | "high">, words: Words): string | null =>
  low === null || high === null ? null : `${formatDays(low, words)} – ${formatDays(high, words)}`;

/** Energy with its unit: `12.3 J`, `4.56 mJ`. */
export const formatEnergy = (joules: number): string =>
  joules < 1 ? `${formatFigure(joules * 1000)} mJ` : `${formatFigure(joules)} J`;

/** `2026-09-01`, in UTC. */
export const formatDate = (instant: string): string => new Date(instant).toISOString().slice(0, 10);

/** `2026-09-01 10:00 UTC`. */
export const formatInstant = (instant: string): string =>
  `${new Date(instant).toISOString().slice(0, 16).replace("T", " ")} UTC`;
