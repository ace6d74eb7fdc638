import { type Scope, tf } from "@epochmark/plugin-kit";
import {
  avgPool2d,
  leakyRelu,
  maxPool2d,
  type NormLayer,
  type NormMode,
  resizeBilinear,
} from "@epochmark/plugin-kit/nn";
import { bottleneck } from "./bottleneck.ts";
import type { DeepLensConfig } from "./config.ts";
import { convolution, norm, normalised, show } from "./layers.ts";

/** What the heads give, before any normalisation or sigmoid: [B, side, side, 1] each. */
interface DepthOutputs {
  depth: tf.Tensor;
  /** This project's proposal: the released network has no such head, the authors' figure shows one. */
  segmentation?: tf.Tensor;
}

type DropHead = (x: tf.Tensor, head: number) => tf.Tensor;
type DepthNetwork = (images: tf.Tensor, mode: NormMode, drop?: DropHead) => DepthOutputs;

const keepAll: DropHead = (x) => x;
const leaky = (x: tf.Tensor) => leakyRelu(x, 0.2);

/** Sides of the four poolings, as shares of the encoder's map: 40, 20, 10 and 5 of 40. */
const pools = { a: 1, b: 2, c: 4, d: 8 } as const;

/**
 * The depth network: ResNet-50 up to conv4_x with its last stride replaced by dilation, pyramid pooling (Zhao et al., CVPR
 * 2017), two skips back to full size, one head for inverse depth. NHWC, [B, side, side, 3] in [0, 1]; the poolings
 * fix the side (320 officially).
 */
export function depthNetwork(scope: Scope, config: DeepLensConfig): DepthNetwork {
  const { width, blocks, segmentation } = config;
  const conv1 = convolution(scope, "conv1", [3, width], { kernel: 7, stride: 2, padding: 3, bias: true });
  const bn1 = norm(scope, "bn_conv1", width);
  const stage2 = stage(scope, { stage: 2, inputs: width, width, blocks: blocks[0] });
  const stage3 = stage(scope, { stage: 3, inputs: 4 * width, width: 2 * width, blocks: blocks[1], stride: 2 });
  const stage4 = stage(scope, { stage: 4, inputs: 8 * width, width: 4 * width, blocks: blocks[2], dilation: 2 });

  const spp = (conv: string, bn: string, inputs: number, outputs: number, kernel: number): NormLayer => {
    const layer = normalised(scope, { conv: `spp_conv${conv}`, bn: `spp_bn${bn}` }, [inputs, outputs], { kernel });
    return (x, mode) => leaky(layer(x, mode));
  };
  const reduce = spp("1", "1", 16 * width, 4 * width, 1);
  const pooled = Object.entries(pools).map(([letter, share]) => {
    const layer = spp(`_${letter}`, `_${letter}`, 4 * width, width / 2, 1);
    return (x: tf.Tensor, mode: NormMode) => {
      const [side, across] = x.shape.slice(1, 3) as [number, number];
      return resizeBilinear(layer(avgPool2d(x, { kernel: side / share }), mode), [side, across], "legacy");
    };
  });
  const merge = spp("2", "2", 6 * width, width, 3);
  const skip3 = spp("3_1", "3_1", 4 * width, width, 3);
  const merge3 = spp("3_2", "3_2", 2 * width, width, 3);
  const skip4 = spp("4_1", "4_1", width, width, 3);
  const merge4 = spp("4_2", "4_2", 2 * width, width, 3);
  const depth = head(scope, "depth", width);
  const foreground = segmentation ? head(scope, "seg", width) : undefined;

  return (images, mode, drop = keepAll) => {
    const shown = (name: string, x: tf.Tensor) => show(scope, name, x);
    const stem = tf.relu(bn1(conv1(tf.sub(images, 0.5)), mode));
    const fine = shown(
      "res2c",
      stage2(shown("pool1", maxPool2d(stem, { kernel: 3, stride: 2, padding: "same" })), mode),
    );
    const coarse = shown("res4f", stage4(shown("res3d", stage3(fine, mode)), mode));
    const context = reduce(coarse, mode);
    const pyramid = tf.concat([context, ...pooled.map((pool) => pool(context, mode))], -1);
    let x = double(merge(shown("spp_concat", pyramid), mode));
    x = shown("spp_bn3_2", merge3(tf.concat([x, skip3(fine, mode)], -1), mode));
    x = tf.concat([double(x), skip4(stem, mode)], -1);
    x = double(shown("spp_bn4_2", merge4(x, mode)));
    return {
      depth: depth(x, mode, (y) => drop(y, 0)),
      ...(foreground && { segmentation: foreground(x, mode, (y) => drop(y, 1)) }),
    };
  };
}

interface Stage {
  stage: 2 | 3 | 4;
  inputs: number;
  width: number;
  blocks: number;
  stride?: 1 | 2;
  dilation?: number;
}

function stage(scope: Scope, { stage: number, inputs, width, blocks, stride = 1, dilation = 1 }: Stage): NormLayer {
  const outputs = 4 * width;
  const layers = Array.from({ length: blocks }, (_, index) => {
    const name = `${number}${String.fromCharCode("a".charCodeAt(0) + index)}`;
    return index === 0
      ? bottleneck(scope, { name, inputs, width, outputs, stride, strided: "first", dilation, shortcut: "projection" })
      : bottleneck(scope, { name, inputs: outputs, width, outputs, dilation });
  });
  return (x, mode) => layers.reduce((y, layer) => layer(y, mode), x);
}

/** Two 3x3 convolutions with a shortcut around the second, dropout, one channel with bias, linear. */
function head(scope: Scope, name: string, width: number) {
  const first = normalised(scope, { conv: `${name}_conv1`, bn: `${name}_bn1` }, [width, width], { kernel: 3 });
  const second = normalised(scope, { conv: `${name}_conv2`, bn: `${name}_bn2` }, [width, width], { kernel: 3 });
  const predict = convolution(scope, `${name}_pre`, [width, 1], { kernel: 1, bias: true });
  return (x: tf.Tensor, mode: NormMode, drop: (x: tf.Tensor) => tf.Tensor) => {
    const before = leaky(first(x, mode));
    return predict(drop(leaky(tf.add(second(before, mode), before))));
  };
}

/** Twice the size, bilinearly as TensorFlow 1 does. */
function double(x: tf.Tensor): tf.Tensor {
  return resizeBilinear(x, [2 * x.shape[1]!, 2 * x.shape[2]!], "legacy");
}
