import type { Photograph } from "./decode.ts";

/** A value for all channels, or one for each of red, green, blue. */
type PerChannel = number | readonly [number, number, number];

/** `value = (pixel / 255 - mean) / std`. Default 0.5 and 0.5: values in [-1, 1]. */
export interface Normalisation {
  mean?: PerChannel;
  std?: PerChannel;
}

/** Bytes `[height, width, 3]` to float32 `[3, height, width]`, normalised. */
export function normalise(bytes: Uint8Array, { mean = 0.5, std = 0.5 }: Normalisation = {}): Float32Array {
  const plane = bytes.length / 3;
  const result = new Float32Array(bytes.length);
  for (let channel = 0; channel < 3; channel++) {
    const table = Float32Array.from(
      { length: 256 },
      (_, pixel) => (pixel / 255 - of(mean, channel)) / of(std, channel),
    );
    for (let index = 0; index < plane; index++) result[channel * plane + index] = table[bytes[index * 3 + channel]!]!;
  }
  return result;
}

/**
 * The way back: float32 `[3, height, width]` to a picture of the same height and width, each value rounded to the
 * nearest of the 256 levels and held within them.
 * @throws RangeError when `values` are not so many
 */
export function denormalise(
  values: Float32Array,
  { name, width, height }: Omit<Photograph, "pixels">,
  { mean = 0.5, std = 0.5 }: Normalisation = {},
): Photograph {
  const plane = width * height;
  if (values.length !== 3 * plane)
    throw new RangeError(`${values.length} values are no picture of ${width} × ${height}: it has ${3 * plane}`);
  // Clamped: rounds to nearest and holds within 0 and 255.
  const pixels = new Uint8ClampedArray(values.length);
  for (let channel = 0; channel < 3; channel++) {
    const [scale, offset] = [255 * of(std, channel), 255 * of(mean, channel)];
    for (let index = 0; index < plane; index++)
      pixels[index * 3 + channel] = values[channel * plane + index]! * scale + offset;
  }
  return { name, width, height, pixels: new Uint8Array(pixels.buffer) };
}

function of(value: PerChannel, channel: number): number {
  return typeof value === "number" ? value : value[channel]!;
}
