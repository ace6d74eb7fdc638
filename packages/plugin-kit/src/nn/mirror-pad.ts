import { tf } from "../tf.ts";

/** Added rows and columns: [[top, bottom], [left, right]], or the same on all sides. */
export type MirrorSides = number | [[number, number], [number, number]];

/** Continues NHWC images by their mirror image; the edge pixel itself is not repeated (PyTorch's reflection). */
export function reflectPad(x: tf.Tensor, sides: MirrorSides): tf.Tensor {
  return mirrorPad(x, sides, "reflect");
}

/** Continues NHWC images by their mirror image, which starts with the edge pixel (TensorFlow's SYMMETRIC). */
export function symmetricPad(x: tf.Tensor, sides: MirrorSides): tf.Tensor {
  return mirrorPad(x, sides, "symmetric");
}

function mirrorPad(x: tf.Tensor, sides: MirrorSides, mode: "reflect" | "symmetric"): tf.Tensor {
  const [rows, columns] =
    typeof sides === "number"
      ? [
          [sides, sides],
          [sides, sides],
        ]
      : sides;
  const pads = [[0, 0], rows, columns, [0, 0]] as [number, number][];
  const run = tf.customGrad((...args) => {
    const [image] = args as [tf.Tensor];
    return {
      value: tf.mirrorPad(image, pads, mode),
      // Linear: the gradient does not depend on the image, and is itself differentiable.
      gradFunc: (dy) => [1, 2].reduce((g, axis) => foldAxis(g, axis, pads[axis]!, mode === "reflect" ? 1 : 0), dy),
    };
  });
  return run(x);
}

/**
 * What was copied out of the image flows back to where it came from: the mirrored borders of `dy` are added to the inner
 * strips next to them. The strips are cut out and joined again, so that the middle is only copied.
 */
function foldAxis(dy: tf.Tensor, axis: number, [before, after]: [number, number], skip: 0 | 1): tf.Tensor {
  const size = dy.shape[axis]! - before - after;
  const part = (from: number, count: number) =>
    tf.slice(
      dy,
      dy.shape.map((_, k) => (k === axis ? from : 0)),
      dy.shape.map((n, k) => (k === axis ? count : n)),
    );
  // [from, until) of the image that each border mirrors.
  const [low, high] = [
    [skip, skip + before],
    [size - skip - after, size - skip],
  ] as const;
  const border = (from: number, count: number) => tf.reverse(part(from, count), axis);
  if (before && after && low[1] > high[0]) {
    // Borders that mirror common pixels: an image too small to be cut into separate strips.
    const spread = (strip: tf.Tensor, from: number, count: number) =>
      tf.pad(strip, dy.shape.map((_, k) => (k === axis ? [from, size - from - count] : [0, 0])) as [number, number][]);
    return tf.addN([
      part(before, size),
      spread(border(0, before), low[0], before),
      spread(border(before + size, after), high[0], after),
    ]);
  }
  const cuts = [0, ...(before ? low : []), ...(after ? high : []), size];
  const strips = cuts.slice(1).flatMap((until, index) => {
    const from = cuts[index]!;
    if (from === until) return [];
    const strip = part(before + from, until - from);
    if (before && from === low[0] && until === low[1]) return [tf.add(strip, border(0, before))];
    if (after && from === high[0] && until === high[1]) return [tf.add(strip, border(before + size, after))];
    return [strip];
  });
  return strips.length === 1 ? strips[0]! : tf.concat(strips, axis);
}
