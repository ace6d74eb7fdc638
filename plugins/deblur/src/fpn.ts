import { type Scope, tf } from "@epochmark/plugin-kit";
import {
  conv2d,
  type Layer,
  type MirrorSides,
  type NormMode,
  reflectPad,
  toNchw,
  trackedInstanceNorm,
  upsampleNearest,
} from "@epochmark/plugin-kit/nn";
import { type Conv3x3, dense3x3, separable3x3 } from "./conv3x3.ts";
import type { Encoder } from "./encoder.ts";
import { inceptionResNetV2 } from "./inception-resnet-v2.ts";
import { mobileNetV2 } from "./mobilenet-v2.ts";

export interface PyramidConfig {
  backbone: "inception-resnet-v2" | "mobilenet-v2";
  /** MobileNet-DSC: every dense 3x3 convolution of backbone and pyramid in two, by channel and by pixel. */
  separable: boolean;
  /** Divides the backbone's channels: 1 in the published networks. */
  narrow: number;
  /** Depth of the backbone's parts. */
  blocks: readonly number[];
  /** Channels of the pyramid's maps and of the heads: the second is half the first. */
  pyramidWidth: number;
  headWidth: number;
}

/** Whose statistics the batch norms and the instance norms use. */
export interface Modes {
  batch: NormMode;
  instance: NormMode;
}
type Normed = (x: tf.Tensor, modes: Modes) => tf.Tensor;
export type Restore = (images: tf.Tensor, modes: Modes, taps?: Scope) => tf.Tensor;

/** Mirrored borders that bring the maps of Inception's unpadded stem to a half, quarter, ... of the image. */
const inceptionBorders: readonly MirrorSides[] = [
  [
    [0, 1],
    [0, 1],
  ],
  1,
  [
    [1, 2],
    [1, 2],
  ],
  1,
  1,
];

/**
 * Generator of DeblurGAN-v2 (figure 2 of the paper), the backbone under `fpn`: NHWC images in [-1, 1] to the same. Four of
 * the five maps are joined at a quarter of the image; the finest is added at half of it.
 */
export function pyramidGenerator(scope: Scope, config: PyramidConfig): Restore {
  const { backbone, separable, narrow, blocks, pyramidWidth, headWidth } = config;
  const conv = separable ? separable3x3 : dense3x3;
  const pyramid = scope.at("fpn");
  const encoder: Encoder =
    backbone === "mobilenet-v2"
      ? mobileNetV2(pyramid, { conv, narrow, blocks })
      : inceptionResNetV2(pyramid, { narrow, blocks });
  const td = [1, 2, 3].map((level) => normed(pyramid.at(`td${level}`), pyramidWidth, pyramidWidth, conv));
  const laterals = [4, 3, 2, 1, 0].map((level) => {
    const outputs = level === 0 ? headWidth : pyramidWidth;
    return conv2d(pyramid.at(`lateral${level}`), encoder.widths[level]!, outputs, { kernel: 1, bias: false });
  });
  const heads = [1, 2, 3, 4].map((level) => head(scope.at(`head${level}`), pyramidWidth, headWidth, conv));
  const smooth = normed(scope.at("smooth"), 4 * headWidth, headWidth, conv);
  const smooth2 = normed(scope.at("smooth2"), headWidth, headWidth / 2, conv);
  const final = conv(scope.at("final"), headWidth / 2, 3);
  const borders = backbone === "inception-resnet-v2" ? inceptionBorders : undefined;

  return (images, modes, taps) => {
    const shown = (name: string, x: tf.Tensor): tf.Tensor => {
      if (taps?.tapping) taps.tap(name, toNchw(x));
      return x;
    };
    let x = images;
    const encoded = encoder.slices.map((slice, level) => shown(`enc${level}`, (x = slice(x, modes.batch))));
    const lateral = (level: number) => {
      const y = shown(`lateral${level}`, laterals[4 - level]!(encoded[level]!));
      return borders ? reflectPad(y, borders[level]!) : y;
    };
    const down = (index: number, level: number, above: tf.Tensor) =>
      shown(`td${index}`, td[index - 1]!(tf.add(lateral(level), upsampleNearest(above, 2)), modes));
    const map4 = lateral(4);
    const map3 = down(1, 3, map4);
    const map2 = down(2, 2, map3);
    const map1 = down(3, 1, map2);
    const joined = [map4, map3, map2, map1].map((map, index) => {
      const level = 4 - index;
      return upsampleNearest(shown(`head${level}`, heads[level - 1]!(map)), 2 ** (level - 1));
    });
    const quarter = shown("smooth", smooth(tf.concat(joined, -1), modes));
    const half = shown("smooth2", smooth2(tf.add(upsampleNearest(quarter, 2), lateral(0)), modes));
    const residual = shown("residual", tf.tanh(final(upsampleNearest(half, 2))));
    return tf.clipByValue(tf.add(residual, images), -1, 1);
  };
}

/** 3x3 with bias, instance norm, ReLU. */
function normed(scope: Scope, inputs: number, outputs: number, conv: Conv3x3): Normed {
  const apply = conv(scope.at(0), inputs, outputs);
  const norm = trackedInstanceNorm(scope.at(1), outputs);
  return (x, { instance }) => tf.relu(norm(apply(x), instance));
}

/** Two 3x3 without bias, a ReLU after each. */
function head(scope: Scope, inputs: number, outputs: number, conv: Conv3x3): Layer {
  const first = conv(scope.at("block0"), inputs, outputs, { bias: false });
  const second = conv(scope.at("block1"), outputs, outputs, { bias: false });
  return (x) => tf.relu(second(tf.relu(first(x))));
}
