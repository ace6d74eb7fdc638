import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { relativeError, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { conv2d } from "./conv2d.ts";
import { samePadding } from "./same-padding.ts";

beforeAll(useCpu);

describe("samePadding", () => {
  it.each([
    { size: 320, kernel: 3, stride: 2, sides: [0, 1] },
    { size: 45, kernel: 3, stride: 2, sides: [1, 1] },
    { size: 320, kernel: 7, stride: 4, sides: [1, 2] },
    { size: 40, kernel: 1, stride: 2, sides: [0, 0] },
  ])("around $size with kernel $kernel and stride $stride is $sides", ({ size, kernel, stride, sides }) => {
    expect(samePadding(size, kernel, stride)).toEqual(sides);
  });

  it("covers the reach of a dilated filter", () => expect(samePadding(40, 3, 1, 2)).toEqual([2, 2]));
});

describe("conv2d with padding same", () => {
  it.each([
    { kernel: 3, stride: 2, dilation: 1 },
    { kernel: 7, stride: 4, dilation: 1 },
    { kernel: 3, stride: 1, dilation: 2 },
  ])("is TensorFlow's: $kernel, $stride, $dilation", ({ kernel, stride, dilation }) => {
    const scope = new Scope();
    const layer = conv2d(scope, 2, 3, { kernel, stride, dilation, bias: false, padding: "same" });
    const filter = tf.randomNormal([3, 2, kernel, kernel], 0, 1, "float32", 1);
    scope.states()[0]!.bind(filter);
    for (const [height, width] of [
      [12, 9],
      [7, 10],
    ] as const) {
      const x = tf.randomNormal([2, height, width, 2], 0, 1, "float32", 2) as tf.Tensor4D;
      const hwio = tf.transpose(filter, [2, 3, 1, 0]) as tf.Tensor4D;
      const expected = tf.conv2d(x, hwio, stride, "same", "NHWC", dilation);
      const y = layer(x);
      expect(y.shape).toEqual(expected.shape);
      expect(relativeError(y.dataSync(), expected.dataSync())).toBeLessThan(1e-6);
    }
  });
});
