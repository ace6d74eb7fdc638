import type { Estimate } from "@epochmark/planner";

/** `12 [9.5, 16]`. */
export const between = ({ low, median, high }: Estimate): string => `${short(median)} [${short(low)}, ${short(high)}]`;

/** Hours as `5.1 days [4.6, 5.7]` or `7.2 h [6.1, 8.4]`, in the unit that the median reads best in. */
export function duration({ low, median, high }: Estimate): string {
  const [unit, hours] =
    median >= 48 ? (["days", 24] as const) : median >= 1 ? (["h", 1] as const) : (["min", 1 / 60] as const);
  return `${short(median / hours)} ${unit} [${short(low / hours)}, ${short(high / hours)}]`;
}

/** Three significant digits, without an exponent. */
function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}
