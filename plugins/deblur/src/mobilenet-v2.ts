import { type Scope, tf } from "@epochmark/plugin-kit";
import { batchNorm, conv2d, depthwiseConv2d, kaimingNormal, type NormLayer } from "@epochmark/plugin-kit/nn";
import type { Conv3x3 } from "./conv3x3.ts";
import { chain, type Encoder, narrowed } from "./encoder.ts";

export interface MobileNetOptions {
  /** How the stem's dense 3x3 convolution is made. */
  conv: Conv3x3;
  /** Divides all channels: 1 in the published network. */
  narrow: number;
  /** Blocks of each row of the table below. */
  blocks: readonly number[];
}

/** Expansion, channels and stride of the rows of inverted residuals (table 2 of the paper), and their slice of the pyramid. */
const rows = [
  { expansion: 1, channels: 16, stride: 1, slice: 0 },
  { expansion: 6, channels: 24, stride: 2, slice: 1 },
  { expansion: 6, channels: 32, stride: 2, slice: 2 },
  { expansion: 6, channels: 64, stride: 2, slice: 3 },
  { expansion: 6, channels: 96, stride: 1, slice: 4 },
  { expansion: 6, channels: 160, stride: 2, slice: 4 },
] as const;

/** Blocks of each row that DeblurGAN-v2 uses: of the three with 160 channels the last is registered but never run. */
export const mobileNetBlocks: readonly number[] = [1, 2, 3, 4, 3, 2];

/** What its authors' code starts from where no trained weights are at hand. */
const initial = { weightInitializer: kaimingNormal, bias: false };

/** MobileNetV2 (Sandler et al., arXiv 1801.04381), width 1, up to the second block of 160 channels: `features.N`. */
export function mobileNetV2(scope: Scope, { conv, narrow, blocks }: MobileNetOptions): Encoder {
  const features = scope.at("features");
  const narrowTo = narrowed(narrow);
  let inputs = narrowTo(32);
  const slices: NormLayer[][] = [[stem(features.at(0), inputs, conv)], [], [], [], []];
  const widths = [0, 0, 0, 0, 0];
  let index = 1;
  for (const [row, { expansion, channels, stride, slice }] of rows.entries())
    for (let block = 0; block < blocks[row]!; block++) {
      const outputs = narrowTo(channels);
      const settings = { expansion, stride: block === 0 ? stride : 1 };
      slices[slice]!.push(invertedResidual(features.at(index++).at("conv"), inputs, outputs, settings));
      widths[slice] = inputs = outputs;
    }
  return { widths, slices: slices.map(chain) };
}

function stem(scope: Scope, outputs: number, conv: Conv3x3): NormLayer {
  const apply = conv(scope.at(0), 3, outputs, { stride: 2, ...initial });
  const norm = batchNorm(scope.at(1), outputs);
  return (x, mode) => tf.relu6(norm(apply(x), mode));
}

/** Widen by 1x1, filter each channel, narrow by 1x1 without activation; added to what came in where the shape allows. */
function invertedResidual(
  scope: Scope,
  inputs: number,
  outputs: number,
  { expansion, stride }: { expansion: number; stride: number },
): NormLayer {
  const hidden = inputs * expansion;
  const first = expansion === 1 ? 0 : 3;
  const widen = first && {
    conv: conv2d(scope.at(0), inputs, hidden, { kernel: 1, ...initial }),
    norm: batchNorm(scope.at(1), hidden),
  };
  const filter = depthwiseConv2d(scope.at(first), hidden, { kernel: 3, stride, padding: 1, ...initial });
  const filterNorm = batchNorm(scope.at(first + 1), hidden);
  const narrow = conv2d(scope.at(first + 3), hidden, outputs, { kernel: 1, ...initial });
  const narrowNorm = batchNorm(scope.at(first + 4), outputs);
  const residual = stride === 1 && inputs === outputs;
  return (x, mode) => {
    const wide = widen ? tf.relu6(widen.norm(widen.conv(x), mode)) : x;
    const filtered = tf.relu6(filterNorm(filter(wide), mode));
    const y = narrowNorm(narrow(filtered), mode);
    return residual ? tf.add(x, y) : y;
  };
}
