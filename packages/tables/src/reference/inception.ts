import { type Scope, tf } from "@epochmark/plugin-kit";
import { avgPool2d, linear, maxPool2d } from "@epochmark/plugin-kit/nn";
import type { Body } from "./classifier.ts";
import { type Block, chain, type ConvShape, convNorm, globalMean } from "./layers.ts";

type Conv = [outputs: number, kernel: ConvShape["kernel"], padding?: ConvShape["padding"], stride?: number];

/** Convolutions in a row, each with batch norm (epsilon 1e-3) and ReLU. */
function row(scope: Scope, inputs: number, convolutions: readonly Conv[]): Block {
  let channels = inputs;
  return chain(
    ...convolutions.map(([outputs, kernel, padding = 0, stride = 1], index) => {
      const block = convNorm(scope.at(index), channels, outputs, { kernel, padding, stride, epsilon: 1e-3 });
      channels = outputs;
      return block;
    }),
  );
}

const joined =
  (...branches: Block[]): Block =>
  (x, mode) =>
    tf.concat(
      branches.map((branch) => branch(x, mode)),
      3,
    );

const meanPool = (x: tf.Tensor): tf.Tensor => avgPool2d(x, { kernel: 3, stride: 1, padding: 1 });
const maxPool = (x: tf.Tensor): tf.Tensor => maxPool2d(x, { kernel: 3, stride: 2 });

/** 35×35 (paper, figure 5). */
function blockA(scope: Scope, inputs: number, pool: number): Block {
  return joined(
    row(scope.at("a"), inputs, [[64, 1]]),
    row(scope.at("b"), inputs, [
      [48, 1],
      [64, 5, 2],
    ]),
    row(scope.at("c"), inputs, [
      [64, 1],
      [96, 3, 1],
      [96, 3, 1],
    ]),
    chain(meanPool, row(scope.at("d"), inputs, [[pool, 1]])),
  );
}

/** 17×17 with 7×1 and 1×7 windows (figure 6). */
function blockC(scope: Scope, width: number): Block {
  const wide: Conv["1"] = [1, 7];
  const high: Conv["1"] = [7, 1];
  return joined(
    row(scope.at("a"), 768, [[192, 1]]),
    row(scope.at("b"), 768, [
      [width, 1],
      [width, wide, [0, 3]],
      [192, high, [3, 0]],
    ]),
    row(scope.at("c"), 768, [
      [width, 1],
      [width, high, [3, 0]],
      [width, wide, [0, 3]],
      [width, high, [3, 0]],
      [192, wide, [0, 3]],
    ]),
    chain(meanPool, row(scope.at("d"), 768, [[192, 1]])),
  );
}

/** 8×8 with forked windows (figure 7). */
function blockE(scope: Scope, inputs: number): Block {
  const fork = (name: string, before: readonly Conv[], channels: number): Block => {
    const lead = row(scope.at(name), inputs, before);
    const wide = row(scope.at(`${name}1`), channels, [[384, [1, 3], [0, 1]]]);
    const high = row(scope.at(`${name}2`), channels, [[384, [3, 1], [1, 0]]]);
    return chain(lead, joined(wide, high));
  };
  return joined(
    row(scope.at("a"), inputs, [[320, 1]]),
    fork("b", [[384, 1]], 384),
    fork(
      "c",
      [
        [448, 1],
        [384, 3, 1],
      ],
      384,
    ),
    chain(meanPool, row(scope.at("d"), inputs, [[192, 1]])),
  );
}

/** Inception-v3 (Szegedy et al., CVPR 2016) as torchvision builds it, without the auxiliary classifier: 299×299. */
export const inceptionV3: Body = (scope) => {
  const body = chain(
    row(scope.at("stem"), 3, [
      [32, 3, 0, 2],
      [32, 3],
      [64, 3, 1],
    ]),
    maxPool,
    row(scope.at("stem2"), 64, [
      [80, 1],
      [192, 3],
    ]),
    maxPool,
    blockA(scope.at("5b"), 192, 32),
    blockA(scope.at("5c"), 256, 64),
    blockA(scope.at("5d"), 288, 64),
    joined(
      row(scope.at("6a").at("a"), 288, [[384, 3, 0, 2]]),
      row(scope.at("6a").at("b"), 288, [
        [64, 1],
        [96, 3, 1],
        [96, 3, 0, 2],
      ]),
      maxPool,
    ),
    blockC(scope.at("6b"), 128),
    blockC(scope.at("6c"), 160),
    blockC(scope.at("6d"), 160),
    blockC(scope.at("6e"), 192),
    joined(
      row(scope.at("7a").at("a"), 768, [
        [192, 1],
        [320, 3, 0, 2],
      ]),
      row(scope.at("7a").at("b"), 768, [
        [192, 1],
        [192, [1, 7], [0, 3]],
        [192, [7, 1], [3, 0]],
        [192, 3, 0, 2],
      ]),
      maxPool,
    ),
    blockE(scope.at("7b"), 1280),
    blockE(scope.at("7c"), 2048),
  );
  const head = linear(scope.at("fc"), 2048, 1000);
  return (images, mode) => head(globalMean(body(images, mode)));
};
