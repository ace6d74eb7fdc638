import { type Scope, tf } from "@epochmark/plugin-kit";
import {
  avgPool2d,
  batchNorm,
  conv2d,
  type Conv2dOptions,
  type Layer,
  maxPool2d,
  type NormLayer,
} from "@epochmark/plugin-kit/nn";
import { chain, type Encoder, narrowed } from "./encoder.ts";

export interface InceptionOptions {
  /** Divides all channels: 1 in the published network. */
  narrow: number;
  /** How often Block35 and Block17 are repeated. */
  blocks: readonly number[];
}

export const inceptionBlocks: readonly number[] = [10, 20];

/** A convolution of a branch: outputs, kernel, and what differs from stride 1 and no padding. */
type Conv = [outputs: number, kernel: Conv2dOptions["kernel"], options?: Pick<Conv2dOptions, "stride" | "padding">];
const same = { padding: 1 };
const halve = { stride: 2 };

/**
 * Inception-ResNet-v2 (Szegedy et al., arXiv 1602.07261) as ported to PyTorch in pretrainedmodels 0.7.4, up to mixed_7a:
 * batch norm with epsilon 1e-3, no padding in the stem. Images of 128 pixels a side or more.
 */
export function inceptionResNetV2(scope: Scope, { narrow, blocks }: InceptionOptions): Encoder {
  const root = scope.at("inception");
  const w = narrowed(narrow);
  const [blocks35 = 0, blocks17 = 0] = blocks;
  const stem = {
    conv1: unit(root.at("conv2d_1a"), 3, [w(32), 3, halve]),
    conv2a: unit(root.at("conv2d_2a"), w(32), [w(32), 3]),
    conv2b: unit(root.at("conv2d_2b"), w(32), [w(64), 3, same]),
    conv3b: unit(root.at("conv2d_3b"), w(64), [w(80), 1]),
    conv4a: unit(root.at("conv2d_4a"), w(80), [w(192), 3]),
  };
  const mixed5 = mixed5b(root.at("mixed_5b"), w);
  const wide = 2 * w(96) + 2 * w(64);
  const repeat35 = repeated(root.at("repeat"), blocks35, (at) => block35(at, wide, w));
  const mixed6 = mixed6a(root.at("mixed_6a"), wide, w);
  const wider = wide + 2 * w(384);
  const repeat17 = repeated(root.at("repeat_1"), blocks17, (at) => block17(at, wider, w));
  const mixed7 = mixed7a(root.at("mixed_7a"), wider, w);
  const pool: NormLayer = (x) => maxPool2d(x, { kernel: 3, stride: 2 });
  return {
    widths: [w(32), w(64), w(192), wider, wider + w(384) + w(288) + w(320)],
    slices: [
      stem.conv1,
      chain([stem.conv2a, stem.conv2b, pool]),
      chain([stem.conv3b, stem.conv4a, pool]),
      chain([mixed5, repeat35, mixed6]),
      chain([repeat17, mixed7]),
    ],
  };
}

type Width = (channels: number) => number;

/** Convolution without bias, batch norm, ReLU: the port's BasicConv2d. */
function unit(scope: Scope, inputs: number, [outputs, kernel, options]: Conv): NormLayer {
  const conv = conv2d(scope.at("conv"), inputs, outputs, { kernel, bias: false, ...options });
  const norm = batchNorm(scope.at("bn"), outputs, { epsilon: 1e-3 });
  return (x, mode) => tf.relu(norm(conv(x), mode));
}

/** Several units in a row, numbered from `first`. */
function branch(scope: Scope, inputs: number, convs: readonly Conv[], first = 0): NormLayer {
  return chain(convs.map((conv, index) => unit(scope.at(first + index), convs[index - 1]?.[0] ?? inputs, conv)));
}

/** All of the same image, side by side in the channels. */
function joined(branches: readonly NormLayer[]): NormLayer {
  return (x, mode) =>
    tf.concat(
      branches.map((apply) => apply(x, mode)),
      -1,
    );
}

function repeated(scope: Scope, count: number, make: (scope: Scope) => NormLayer): NormLayer {
  return chain(Array.from({ length: count }, (_, index) => make(scope.at(index))));
}

function mixed5b(scope: Scope, w: Width): NormLayer {
  const inputs = w(192);
  const branches = [
    unit(scope.at("branch0"), inputs, [w(96), 1]),
    branch(scope.at("branch1"), inputs, [
      [w(48), 1],
      [w(64), 5, { padding: 2 }],
    ]),
    branch(scope.at("branch2"), inputs, [
      [w(64), 1],
      [w(96), 3, same],
      [w(96), 3, same],
    ]),
  ];
  // Number 0 of the last branch is the pooling.
  const pooled = branch(scope.at("branch3"), inputs, [[w(64), 1]], 1);
  const pool: Layer = (x) => avgPool2d(x, { kernel: 3, stride: 1, padding: 1 });
  return joined([...branches, (x, mode) => pooled(pool(x), mode)]);
}

function block35(scope: Scope, channels: number, w: Width): NormLayer {
  const branches = [
    unit(scope.at("branch0"), channels, [w(32), 1]),
    branch(scope.at("branch1"), channels, [
      [w(32), 1],
      [w(32), 3, same],
    ]),
    branch(scope.at("branch2"), channels, [
      [w(32), 1],
      [w(48), 3, same],
      [w(64), 3, same],
    ]),
  ];
  return residual(scope, joined(branches), 2 * w(32) + w(64), channels, 0.17);
}

function mixed6a(scope: Scope, inputs: number, w: Width): NormLayer {
  return joined([
    unit(scope.at("branch0"), inputs, [w(384), 3, halve]),
    branch(scope.at("branch1"), inputs, [
      [w(256), 1],
      [w(256), 3, same],
      [w(384), 3, halve],
    ]),
    (x) => maxPool2d(x, { kernel: 3, stride: 2 }),
  ]);
}

function block17(scope: Scope, channels: number, w: Width): NormLayer {
  const row: Conv = [
    w(160),
    [1, 7],
    {
      padding: [
        [0, 0],
        [3, 3],
      ],
    },
  ];
  const column: Conv = [
    w(192),
    [7, 1],
    {
      padding: [
        [3, 3],
        [0, 0],
      ],
    },
  ];
  const branches = [
    unit(scope.at("branch0"), channels, [w(192), 1]),
    branch(scope.at("branch1"), channels, [[w(128), 1], row, column]),
  ];
  return residual(scope, joined(branches), 2 * w(192), channels, 0.1);
}

function mixed7a(scope: Scope, inputs: number, w: Width): NormLayer {
  return joined([
    branch(scope.at("branch0"), inputs, [
      [w(256), 1],
      [w(384), 3, halve],
    ]),
    branch(scope.at("branch1"), inputs, [
      [w(256), 1],
      [w(288), 3, halve],
    ]),
    branch(scope.at("branch2"), inputs, [
      [w(256), 1],
      [w(288), 3, same],
      [w(320), 3, halve],
    ]),
    (x) => maxPool2d(x, { kernel: 3, stride: 2 }),
  ]);
}

/** The branches mixed by 1x1 (with bias, no norm), scaled down and added to what came in; ReLU. */
function residual(scope: Scope, branches: NormLayer, inputs: number, outputs: number, scale: number): NormLayer {
  const mix = conv2d(scope.at("conv2d"), inputs, outputs, { kernel: 1 });
  return (x, mode) => tf.relu(tf.add(x, tf.mul(mix(branches(x, mode)), scale)));
}
