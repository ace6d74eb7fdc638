import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { expectSame, expectSameWithGradient, integers, numbers } from "../../../test/expect-same.ts";

const x4 = numbers([2, 3, 4, 5]);
const cases: Record<
  string,
  [Record<string, ReturnType<typeof numbers>>, (t: Record<string, tf.Tensor>) => tf.Tensor | tf.Tensor[]]
> = {
  reshape: [{ x: x4 }, ({ x }) => tf.reshape(x as tf.Tensor, [6, -1])],
  "reshape to a scalar": [{ x: numbers([1, 1]) }, ({ x }) => tf.reshape(x as tf.Tensor, [])],
  expandDims: [{ x: x4 }, ({ x }) => [tf.expandDims(x as tf.Tensor, 1), tf.expandDims(x as tf.Tensor, -1)]],
  squeeze: [{ x: numbers([1, 3, 1]) }, ({ x }) => tf.squeeze(x as tf.Tensor)],
  transpose: [{ x: x4 }, ({ x }) => [tf.transpose(x as tf.Tensor), tf.transpose(x as tf.Tensor, [0, 3, 1, 2])]],
  "transpose of size-1 axes": [{ x: numbers([1, 3, 1, 4]) }, ({ x }) => tf.transpose(x as tf.Tensor, [2, 1, 0, 3])],
  broadcastTo: [{ x: numbers([3, 1]) }, ({ x }) => tf.broadcastTo(x as tf.Tensor, [2, 3, 4])],
  concat: [{ a: numbers([2, 3]), b: numbers([2, 1]) }, ({ a, b }) => tf.concat([a as tf.Tensor, b as tf.Tensor], 1)],
  "concat along -2": [
    { a: numbers([2, 3]), b: numbers([1, 3]) },
    ({ a, b }) => tf.concat([a as tf.Tensor, b as tf.Tensor], -2),
  ],
  stack: [
    { a: numbers([2, 3]), b: numbers([2, 3]) },
    ({ a, b }) => [tf.stack([a as tf.Tensor, b as tf.Tensor]), tf.stack([a as tf.Tensor, b as tf.Tensor], -1)],
  ],
  unstack: [{ x: numbers([2, 3]) }, ({ x }) => tf.unstack(x as tf.Tensor, 1)],
  slice: [{ x: x4 }, ({ x }) => [tf.slice(x as tf.Tensor, [0, 1, 2, 0], [2, 1, -1, 3]), tf.slice(x as tf.Tensor, [1])]],
  "slice of everything": [{ x: numbers([2, 2]) }, ({ x }) => tf.slice(x as tf.Tensor, [0, 0], [2, 2])],
  split: [
    { x: numbers([4, 5]) },
    ({ x }) => [...tf.split(x as tf.Tensor, 2, 0), ...tf.split(x as tf.Tensor, [1, 3, 1], 1)],
  ],
  pad: [
    { x: numbers([2, 3]) },
    ({ x }) => [
      tf.pad(
        x as tf.Tensor,
        [
          [1, 0],
          [0, 2],
        ],
        0.5,
      ),
      tf.pad(x as tf.Tensor, [
        [0, 0],
        [0, 0],
      ]),
    ],
  ],
  tile: [{ x: numbers([2, 1, 3]) }, ({ x }) => tf.tile(x as tf.Tensor, [2, 3, 1])],
  reverse: [{ x: numbers([3, 4]) }, ({ x }) => [tf.reverse(x as tf.Tensor, 1), tf.reverse(x as tf.Tensor)]],
  gather: [
    { x: numbers([5, 3]) },
    ({ x }) => [
      tf.gather(x as tf.Tensor, tf.tensor1d([4, 0, 0, 2], "int32")),
      tf.gather(x as tf.Tensor, tf.tensor1d([1, 1], "int32"), 1),
    ],
  ],
  spaceToBatchND: [
    { x: numbers([1, 4, 5, 2]) },
    ({ x }) =>
      tf.spaceToBatchND(
        x as tf.Tensor,
        [2, 3],
        [
          [0, 0],
          [0, 1],
        ],
      ),
  ],
  batchToSpaceND: [
    { x: numbers([6, 2, 2, 2]) },
    ({ x }) =>
      tf.batchToSpaceND(
        x as tf.Tensor,
        [2, 3],
        [
          [0, 1],
          [1, 0],
        ],
      ),
  ],
};

describe("forward and gradient", () => {
  test.each(Object.keys(cases))("%s", async (name) => {
    const [given, body] = cases[name] as (typeof cases)[string];
    await expectSameWithGradient(given, body);
  });
});

describe("forward", () => {
  test("mirrorPad, reflect and symmetric", async () => {
    const pads: [number, number][] = [
      [0, 0],
      [2, 1],
      [1, 3],
    ];
    await expectSame({ x: numbers([2, 4, 5]) }, ({ x }) => [
      tf.mirrorPad(x as tf.Tensor, pads, "reflect"),
      tf.mirrorPad(x as tf.Tensor, pads, "symmetric"),
    ]);
  });

  test("stridedSlice", async () => {
    await expectSame({ x: numbers([4, 5]) }, ({ x }) => [
      tf.stridedSlice(x as tf.Tensor, [0, 1], [4, 5], [2, 2]),
      tf.stridedSlice(x as tf.Tensor, [3, 4], [0, 0], [-1, -2]),
      tf.stridedSlice(x as tf.Tensor, [0, 0], [0, 0], [1, -1], 3, 3),
      tf.stridedSlice(x as tf.Tensor, [1, 0], [2, 5], [1, 1], 0, 0, 0, 0, 1),
    ]);
  });

  test("oneHot, gatherND, scatterND, depthToSpace", async () => {
    await expectSame({ i: integers([2, 3], 4) }, ({ i }) => tf.oneHot(i as tf.Tensor, 4));
    await expectSame({ x: numbers([3, 4]) }, ({ x }) =>
      tf.gatherND(
        x as tf.Tensor,
        tf.tensor2d(
          [
            [0, 1],
            [2, 3],
          ],
          [2, 2],
          "int32",
        ),
      ),
    );
    await expectSame({ u: numbers([3]) }, ({ u }) =>
      tf.scatterND(tf.tensor2d([[1], [4], [1]], [3, 1], "int32"), u as tf.Tensor, [6]),
    );
    await expectSame({ x: numbers([1, 2, 3, 8]) }, ({ x }) => tf.depthToSpace(x as tf.Tensor4D, 2, "NHWC"));
  });

  test("slice of whole numbers, along several axes and backwards", async () => {
    await expectSame({ i: integers([4, 3, 5], 60) }, ({ i }) => [
      tf.slice(i as tf.Tensor, [1, 0, 2], [2, 3, 2]),
      tf.slice(i as tf.Tensor, [0, 0, 0], [4, 3, 5]),
      tf.reverse(i as tf.Tensor, [0, 2]),
    ]);
  });

  test("gather in batches", async () => {
    const picks = tf.tensor2d([0, 2, 1, 1], [2, 2], "int32");
    await expectSame({ x: numbers([2, 3, 4]) }, ({ x }) => [
      tf.gather(x as tf.Tensor, picks, 1, 1),
      tf.gather(x as tf.Tensor, picks, 2, 1),
    ]);
  });

  test("scatterND and unsortedSegmentSum with one index a row, and rows of no segment", async () => {
    await expectSame({ x: numbers([3, 2]) }, ({ x }) => [
      tf.scatterND(tf.tensor1d([0, 4, 0], "int32"), x as tf.Tensor, [5, 2]),
      tf.unsortedSegmentSum(x as tf.Tensor, tf.tensor1d([1, -1, 1], "int32"), 3),
      tf.unsortedSegmentSum(x as tf.Tensor, tf.tensor1d([7, 0, 2], "int32"), 3),
    ]);
  });

  test("joining empty parts", async () => {
    await expectSame({ x: numbers([2, 3]) }, ({ x }) => [
      tf.concat([x as tf.Tensor, tf.zeros([2, 0])], 1),
      tf.concat([tf.zeros([0, 5]), tf.zeros([0, 5])], 1),
    ]);
  });

  test("range counts down by itself and keeps large whole numbers", async () => {
    await expectSame({ x: numbers([6]) }, ({ x }) => [
      tf.add(x as tf.Tensor, tf.range(4, -2)),
      tf.range(16777217, 16777220, 1, "int32"),
    ]);
  });

  test("constants made inside a step", async () => {
    await expectSame({ x: numbers([2, 2]) }, ({ x }) => [
      tf.add(x as tf.Tensor, tf.fill([2, 2], 3)),
      tf.add(x as tf.Tensor, tf.linspace(0, 1, 2)),
      tf.mul(tf.onesLike(x as tf.Tensor), tf.range(0, 2)),
      tf.sub(tf.zerosLike(x as tf.Tensor), tf.tensor2d([1, 2, 3, 4], [2, 2])),
      tf.eye(3).mul(tf.sum(x as tf.Tensor)),
    ]);
  });
});
