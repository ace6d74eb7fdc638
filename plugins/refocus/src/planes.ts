import type { ImageSize } from "./config.ts";

/** Channels [count, height, width], row-major. */
export interface Planes {
  size: ImageSize;
  data: Float32Array;
}

/** Means of 2x2 pixels; an odd row or column at the end is left out, as the network's own halving does. */
export function halve({ size: [height, width], data }: Planes): Planes {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const count = data.length / (height * width);
  const half = new Float32Array(count * rows * columns);
  for (let channel = 0; channel < count; channel++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const from = (channel * height + 2 * row) * width + 2 * column;
        const sum = data[from]! + data[from + 1]! + data[from + width]! + data[from + width + 1]!;
        half[(channel * rows + row) * columns + column] = sum / 4;
      }
  return { size: [rows, columns], data: half };
}

/** Means over a disc of `radius` pixels (a lens's circle of confusion), edges repeated. Radius below 0.5: unchanged. */
export function blurByDisc({ size, data }: Planes, radius: number): Planes {
  if (radius < 0.5) return { size, data };
  const [height, width] = size;
  const reach = Math.floor(radius);
  const halfWidths = Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.floor(Math.sqrt(radius ** 2 - (index - reach) ** 2)),
  );
  const area = halfWidths.reduce((sum, half) => sum + 2 * half + 1, 0);
  const blurred = new Float32Array(data.length);
  const sums = new Float64Array(width + 2 * reach + 1);
  const count = data.length / (height * width);
  for (let channel = 0; channel < count; channel++)
    for (let row = 0; row < height; row++) {
      const to = (channel * height + row) * width;
      for (const [index, half] of halfWidths.entries()) {
        const from = (channel * height + clamp(row + index - reach, height)) * width;
        // Running sums make each span of the disc a difference of two.
        for (let k = 0; k < width + 2 * reach; k++) sums[k + 1] = sums[k]! + data[from + clamp(k - reach, width)]!;
        for (let column = 0; column < width; column++)
          blurred[to + column]! += (sums[column + reach + half + 1]! - sums[column + reach - half]!) / area;
      }
    }
  return { size, data: blurred };
}

const clamp = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);
