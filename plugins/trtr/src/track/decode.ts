import { cellsOf } from "../config.ts";
import type { Inside } from "../position.ts";

/** What the heads gave for one search image, row by row: heatmap before the sigmoid [cells²], offset and size [cells², 2]. */
export interface Heads {
  heatmap: ArrayLike<number>;
  offset: ArrayLike<number>;
  size: ArrayLike<number>;
}

/** What of the video the decoding needs: sides in search pixels, and which part of the search image is the frame. */
export interface Scene {
  side: number;
  /** Width and height of the last box. */
  last: readonly [width: number, height: number];
  /** Cells that show the frame. */
  inside: Inside;
  /** Response of the online part by cell; null without. */
  online: Float32Array | null;
  /** Share of the Hann window in the score, and of the online part's response. */
  window: number;
  filter: number;
}

/** In search pixels; null where nothing is seen and the box is kept. */
export type Decoded = {
  centre: readonly [x: number, y: number];
  size: readonly [width: number, height: number];
  score: number;
  penalty: number;
} | null;

/** Figures of the official tracker. */
const rules = {
  /** Strength of the penalty on changes of size and aspect. */
  penalty: 0.04,
  /** A heat below which nothing is seen. */
  least: 0.05,
  /** The size that the size head gives for 1, whatever the search side. */
  largest: 255,
} as const;

/** How the window's weight falls while the cell that it picks has no heat. */
const windowShares = [1, 2 / 3, 1 / 3, 0];

/**
 * The official decoding (TrTr's repository, description of its tracker): the heat of each cell times a penalty on changes
 * of size and aspect, mixed with a Hann window (and with the online part's response); the best cell, its offset and size.
 */
export function decode(heads: Heads, { side, last, inside, online, window, filter }: Scene): Decoded {
  const cells = cellsOf(side);
  const hann = hannWindow(cells);
  const heat = Float32Array.from({ length: cells ** 2 }, (_, at) =>
    inside(Math.floor(at / cells), at % cells) ? 1 / (1 + Math.exp(-heads.heatmap[at]!)) : 0,
  );
  if (heat.reduce((most, value) => Math.max(most, value), 0) <= rules.least) return null;
  const sizeAt = (at: number) =>
    [heads.size[2 * at]! * rules.largest, heads.size[2 * at + 1]! * rules.largest] as const;
  const penalties = heat.map((_, at) => penaltyOf(sizeAt(at), last));
  let best = 0;
  for (const weight of windowShares.map((share) => share * window)) {
    const scores = heat.map((value, at) => {
      const offline = penalties[at]! * value * (1 - weight) + weight * hann[at]!;
      return online ? (1 - filter) * offline + filter * online[at]! : offline;
    });
    best = scores.reduce((top, score, at) => (score > scores[top]! ? at : top), 0);
    if (heat[best]! > rules.least) break;
  }
  const [row, column] = [Math.floor(best / cells), best % cells];
  const place = (cell: number, offset: number) => ((cell + offset) / cells) * side;
  return {
    centre: [place(column, heads.offset[2 * best]!), place(row, heads.offset[2 * best + 1]!)],
    size: sizeAt(best),
    score: heat[best]!,
    penalty: penalties[best]!,
  };
}

/** exp(-0.04 (r s - 1)): r the change of aspect, s that of the size with its context, both as factors above 1. */
function penaltyOf(size: readonly [number, number], last: readonly [number, number]): number {
  const change = (factor: number) => Math.max(factor, 1 / factor);
  const padded = ([width, height]: readonly [number, number]) => {
    const context = (width + height) / 2;
    return Math.sqrt((width + context) * (height + context));
  };
  const aspect = change(last[0] / last[1] / (size[0] / size[1]));
  const scale = change(padded(size) / padded(last));
  return Math.exp(-rules.penalty * (aspect * scale - 1));
}

/** numpy's Hann window of both axes, [cells²]. */
function hannWindow(cells: number): Float32Array {
  const axis = Array.from({ length: cells }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / (cells - 1)));
  return Float32Array.from({ length: cells ** 2 }, (_, at) => axis[Math.floor(at / cells)]! * axis[at % cells]!);
}
