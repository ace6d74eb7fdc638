const { fround } = Math;

/**
 * DETR's fixed sine code of a `rows` × `columns` feature map, [rows * columns, dim] row-major: the first half of the
 * channels codes y, the second x; cells count from 1, the last one is 2π; sines on even channels, cosines on odd ones,
 * temperature 10000. Rounded to float32 after every operation, as the official code computes it.
 */
export function sinePositions(rows: number, columns: number, dim: number): Float32Array {
  const half = dim / 2;
  const code = new Float32Array(rows * columns * dim);
  const wavelengths = Array.from({ length: half }, (_, k) =>
    fround(10_000 ** fround(fround(2 * Math.floor(k / 2)) / half)),
  );
  const fill = (at: number, cell: number, cells: number) => {
    const place = fround(fround((cell + 1) / fround(cells + 1e-6)) * fround(2 * Math.PI));
    for (const [k, wavelength] of wavelengths.entries()) {
      const angle = fround(place / wavelength);
      code[at + k] = k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  };
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * dim;
      fill(at, row, rows);
      fill(at + half, column, columns);
    }
  return code;
}
