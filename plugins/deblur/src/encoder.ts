import type { NormLayer } from "@epochmark/plugin-kit/nn";

/** A backbone cut into the five slices that the pyramid reads, each at half the sides of the one before. */
export interface Encoder {
  /** Channels that each slice gives. */
  widths: number[];
  /** NHWC to NHWC; the mode is that of the batch norms. */
  slices: NormLayer[];
}

/** One after the other, all in the same mode. */
export function chain(layers: readonly NormLayer[]): NormLayer {
  return (x, mode) => layers.reduce((y, layer) => layer(y, mode), x);
}

/** Channels in a network that is so many times narrower: at least 2. */
export const narrowed =
  (divisor: number) =>
  (channels: number): number =>
    Math.max(2, Math.ceil(channels / divisor));
