import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors, relativeError, slopes, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { conv2d, type Conv2dOptions as AllOptions, type Padding } from "./conv2d.ts";

type Conv2dOptions = AllOptions & { padding?: Padding };

interface Sizes {
  batch: number;
  height: number;
  width: number;
  inputs: number;
  outputs: number;
}

/** Direct convolution, NHWC by OIHW, from the formula. */
function convolve(x: Float64Array, weight: Float64Array, bias: Float64Array, sizes: Sizes, options: Conv2dOptions) {
  const { batch, height, width, inputs, outputs } = sizes;
  const { kernel, stride = 1, dilation = 1, padding = 0 } = options;
  const [[top, bottom], [left, right]] =
    typeof padding === "number"
      ? [
          [padding, padding],
          [padding, padding],
        ]
      : padding;
  const [tall, wide] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const reach = (taps: number) => dilation * (taps - 1) + 1;
  const rows = Math.floor((height + top! + bottom! - reach(tall)) / stride) + 1;
  const columns = Math.floor((width + left! + right! - reach(wide)) / stride) + 1;
  return Float64Array.from({ length: batch * rows * columns * outputs }, (_, index) => {
    const output = index % outputs;
    const column = Math.floor(index / outputs) % columns;
    const row = Math.floor(index / outputs / columns) % rows;
    const image = Math.floor(index / outputs / columns / rows);
    let sum = bias[output] ?? 0;
    for (let i = 0; i < tall; i++)
      for (let j = 0; j < wide; j++) {
        const y = row * stride + i * dilation - top!;
        const z = column * stride + j * dilation - left!;
        if (y < 0 || y >= height || z < 0 || z >= width) continue;
        for (let c = 0; c < inputs; c++)
          sum +=
            x[((image * height + y) * width + z) * inputs + c]! *
            weight[((output * inputs + c) * tall + i) * wide + j]!;
      }
    return sum;
  });
}

const sizes: Sizes = { batch: 2, height: 6, width: 5, inputs: 2, outputs: 3 };
const shape = [sizes.batch, sizes.height, sizes.width, sizes.inputs];

beforeAll(useCpu);

describe("conv2d", () => {
  const cases: Conv2dOptions[] = [
    { kernel: 1 },
    { kernel: 3, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 2, stride: 2 },
    {
      kernel: 3,
      stride: 2,
      padding: [
        [0, 1],
        [1, 2],
      ],
    },
    {
      kernel: [1, 3],
      padding: [
        [0, 0],
        [1, 1],
      ],
    },
    { kernel: [3, 2], stride: 2 },
    { kernel: 3, padding: 2, dilation: 2 },
    {
      kernel: 2,
      dilation: 3,
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
    { kernel: 3, padding: 1, bias: false },
  ];

  it.each(cases)(
    "is the convolution with $kernel, $stride, $padding, $dilation, gradients included",
    async (options) => {
      const scope = new Scope();
      const layer = conv2d(scope, sizes.inputs, sizes.outputs, options);
      const errors = await layerErrors(scope, layer, shape, (x, { weight, bias = new Float64Array() }) =>
        convolve(x, weight!, bias, sizes, options),
      );
      expect(Object.keys(errors)).toHaveLength(options.bias === false ? 3 : 4);
      expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
    },
  );

  it("has a second derivative when dilated", () => {
    const scope = new Scope();
    const options = { kernel: 2, dilation: 2, bias: false };
    const layer = conv2d(scope, 1, 1, options);
    const filter = [0.5, -1, 2, 0.3];
    const one = { batch: 1, height: 4, width: 4, inputs: 1, outputs: 1 };
    const x = Float64Array.from({ length: 16 }, (_, index) => Math.sin(index));
    const [weight] = scope.states();
    const cubed = (image: tf.Tensor) => tf.sum(tf.pow(layer(image), 3));
    const penalty = (w: tf.Tensor) => {
      weight!.bind(w);
      return tf.sum(tf.square(tf.grad(cubed)(tf.tensor4d([...x], [1, 4, 4, 1]))));
    };
    const second = tf
      .grad(penalty)(tf.tensor4d(filter, [1, 1, 2, 2]))
      .dataSync();
    const value = (at: Float64Array, w: Float64Array) =>
      convolve(at, w, new Float64Array(), one, options).reduce((sum, y) => sum + y ** 3, 0);
    const expected = slopes(
      (w) => slopes((at) => value(at, w), x).reduce((sum, slope) => sum + slope ** 2, 0),
      filter,
      1e-3,
    );
    expect(relativeError(second, expected)).toBeLessThan(1e-5);
  });

  it("can be fixed", () => {
    const scope = new Scope();
    conv2d(scope, 1, 1, { kernel: 3, trainable: false });
    expect([scope.states().length, scope.trainable().length]).toEqual([2, 0]);
  });

  it("refuses what the reference op cannot do", () => {
    expect(() => conv2d(new Scope(), 1, 1, { kernel: 3, stride: 2, dilation: 2 })).toThrow("one must be 1");
  });
});
