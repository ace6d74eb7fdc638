import type { Recipe } from "@epochmark/schema";
import type { Range } from "../board/types.ts";

/** Hours that a paper's whole training takes at this rate (img/s) on one device: every sample of every step. */
export const trainingHours = ({ steps, batch }: Recipe, { median, low, high }: Range): Range => {
  const hours = (rate: number): number => Number(((steps * batch) / rate / 3600).toPrecision(5));
  // The fastest end of the rate is the shortest end of the time.
  return { median: hours(median), low: high === null ? null : hours(high), high: low === null ? null : hours(low) };
};
