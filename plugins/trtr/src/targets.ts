import { cellsOf } from "./config.ts";

/** What the train step compares with, for a batch of targets in square search images. */
export interface TargetArrays {
  /** [batch, cells, cells]: a Gaussian around each target's centre cell, exactly 1 there; zero for negative pairs. */
  heatmap: Float32Array;
  /** [batch, 2]: where in its cell the centre is, x and y in [0, 1). */
  offset: Float32Array;
  /** [batch, 2]: width and height as shares of the search image's side. */
  size: Float32Array;
}

const { fround } = Math;

/**
 * @param boxes [batch, 4]: centre x, centre y, width, height in search pixels @param valid [batch]: 0 marks a negative pair
 * @param side of the search image in pixels @throws RangeError when a valid box has its centre outside the image
 */
export function makeTargets(boxes: ArrayLike<number>, valid: ArrayLike<number>, side: number): TargetArrays {
  const cells = cellsOf(side);
  const scale = cells / side;
  const batch = valid.length;
  const heatmap = new Float32Array(batch * cells ** 2);
  const offset = new Float32Array(batch * 2);
  const size = new Float32Array(batch * 2);
  for (let index = 0; index < batch; index++) {
    if (!valid[index]) continue;
    const [x, y, width, height] = [0, 1, 2, 3].map((k) => boxes[4 * index + k]!) as [number, number, number, number];
    if (!(x >= 0 && x < side && y >= 0 && y < side))
      throw new RangeError(`target ${index}: centre (${x}, ${y}) lies outside the search image of ${side}x${side}`);
    const [centreX, centreY] = [fround(x * scale), fround(y * scale)];
    const [column, row] = [Math.floor(centreX), Math.floor(centreY)];
    offset.set([centreX - column, centreY - row], 2 * index);
    size.set([width / side, height / side], 2 * index);
    const radius = gaussianRadius(Math.ceil(height * scale), Math.ceil(width * scale), 0.7);
    drawGaussian(heatmap.subarray(index * cells ** 2, (index + 1) * cells ** 2), cells, { column, row, radius });
  }
  return { heatmap, offset, size };
}

/**
 * How far the centre of a box may be off for an overlap of at least `overlap`, in cells, as CornerNet's and CenterNet's
 * code has it: the smallest of three cases (boxes shifted, one inside the other, and the reverse), each over 2 and not
 * over 2a, as the formula for roots would have it.
 */
function gaussianRadius(height: number, width: number, overlap: number): number {
  const [sum, area] = [height + width, height * width];
  const shifted = (sum + Math.sqrt(sum ** 2 - (4 * area * (1 - overlap)) / (1 + overlap))) / 2;
  const inside = (2 * sum + Math.sqrt(4 * sum ** 2 - 16 * (1 - overlap) * area)) / 2;
  const outside =
    (-2 * overlap * sum + Math.sqrt(4 * overlap ** 2 * sum ** 2 + 16 * overlap * (1 - overlap) * area)) / 2;
  return Math.max(0, Math.floor(Math.min(shifted, inside, outside)));
}

function drawGaussian(
  map: Float32Array,
  cells: number,
  { column, row, radius }: { column: number; row: number; radius: number },
): void {
  const sigma = (2 * radius + 1) / 6;
  for (let y = Math.max(0, row - radius); y <= Math.min(cells - 1, row + radius); y++)
    for (let x = Math.max(0, column - radius); x <= Math.min(cells - 1, column + radius); x++)
      map[y * cells + x] = Math.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * sigma ** 2));
}
