import { tf } from "@epochmark/plugin-kit";
import { linear, maxPool2d } from "@epochmark/plugin-kit/nn";
import type { Body } from "./classifier.ts";
import { conv, type ConvShape } from "./layers.ts";

type Layer = { convolution: [outputs: number, shape: ConvShape] } | { pool: [kernel: number, stride: number] };

/** Convolutions with bias and ReLU, poolings, then three fully connected layers; no batch norm. */
function plain(layers: readonly Layer[], side: number): Body {
  return (scope) => {
    let channels = 3;
    const steps = layers.map((layer, index) => {
      if ("pool" in layer) {
        const [kernel, stride] = layer.pool;
        return (x: tf.Tensor) => maxPool2d(x, { kernel, stride });
      }
      const [outputs, shape] = layer.convolution;
      const apply = conv(scope.at("features").at(index), channels, outputs, { ...shape, bias: true });
      channels = outputs;
      return (x: tf.Tensor) => tf.relu(apply(x));
    });
    const width = channels * side * side;
    const fc = [
      linear(scope.at("classifier").at(0), width, 4096),
      linear(scope.at("classifier").at(1), 4096, 4096),
      linear(scope.at("classifier").at(2), 4096, 1000),
    ] as const;
    return (images) => {
      const features = tf.reshape(
        steps.reduce((x, apply) => apply(x), images),
        [-1, width],
      );
      return fc[2](tf.relu(fc[1](tf.relu(fc[0](features)))));
    };
  };
}

/** VGG (Simonyan and Zisserman, ICLR 2015, table 1, D and E); `depths`: 3×3 convolutions of each of the five stages. */
export function vgg(depths: readonly number[]): Body {
  const layers = depths.flatMap((depth, stage): Layer[] => [
    ...Array.from({ length: depth }, (): Layer => ({
      convolution: [Math.min(512, 64 * 2 ** stage), { kernel: 3, padding: 1 }],
    })),
    { pool: [2, 2] },
  ]);
  return plain(layers, 7);
}

/** AlexNet in one tower (Krizhevsky, arXiv 1404.5997) as torchvision builds it. */
export const alexnet: Body = plain(
  [
    { convolution: [64, { kernel: 11, stride: 4, padding: 2 }] },
    { pool: [3, 2] },
    { convolution: [192, { kernel: 5, padding: 2 }] },
    { pool: [3, 2] },
    { convolution: [384, { kernel: 3, padding: 1 }] },
    { convolution: [256, { kernel: 3, padding: 1 }] },
    { convolution: [256, { kernel: 3, padding: 1 }] },
    { pool: [3, 2] },
  ],
  6,
);
