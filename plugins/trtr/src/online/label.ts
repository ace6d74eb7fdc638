/**
 * A Gaussian [side, side], 1 at its centre, on the grid of the filter's responses: cell i lies at the upper left corner
 * of the feature map's cell i. @param sigma in cells
 */
export function gaussianLabel(side: number, [x, y]: readonly [number, number], sigma: number): Float32Array {
  const axis = (centre: number) =>
    Array.from({ length: side }, (_, cell) => Math.exp(-((cell - centre) ** 2) / (2 * sigma ** 2)));
  const [columns, rows] = [axis(x), axis(y)];
  return Float32Array.from({ length: side ** 2 }, (_, at) => rows[Math.floor(at / side)]! * columns[at % side]!);
}
