import { tf } from "@epochmark/plugin-kit";
import { linear, maxPool2d } from "@epochmark/plugin-kit/nn";
import type { Scope } from "@epochmark/plugin-kit";
import type { Body } from "./classifier.ts";
import { type Block, chain, convNorm, globalMean } from "./layers.ts";

/** ResNet (He et al., CVPR 2016, table 1) as torchvision builds it: the stride of a stage is in its first 3×3 convolution. */
export function resnet(depths: readonly number[], kind: "basic" | "bottleneck"): Body {
  return (scope) => {
    const wider = kind === "basic" ? 1 : 4;
    const stem = convNorm(scope.at("stem"), 3, 64, { kernel: 7, stride: 2, padding: 3 });
    let inputs = 64;
    const blocks = depths.flatMap((depth, stage) =>
      Array.from({ length: depth }, (_, index) => {
        const width = 64 * 2 ** stage;
        const block = residual(scope.at(`layer${stage + 1}`).at(index), kind, {
          inputs,
          width,
          outputs: width * wider,
          stride: stage > 0 && index === 0 ? 2 : 1,
        });
        inputs = width * wider;
        return block;
      }),
    );
    const head = linear(scope.at("fc"), inputs, 1000);
    return (images, mode) => {
      const pooled = maxPool2d(stem(images, mode), { kernel: 3, stride: 2, padding: 1 });
      return head(globalMean(chain(...blocks)(pooled, mode)));
    };
  };
}

interface Widths {
  inputs: number;
  width: number;
  outputs: number;
  stride: number;
}

function residual(scope: Scope, kind: "basic" | "bottleneck", { inputs, width, outputs, stride }: Widths): Block {
  const branch =
    kind === "basic"
      ? chain(
          convNorm(scope.at(1), inputs, width, { kernel: 3, stride, padding: 1 }),
          convNorm(scope.at(2), width, outputs, { kernel: 3, padding: 1, linear: true }),
        )
      : chain(
          convNorm(scope.at(1), inputs, width, { kernel: 1 }),
          convNorm(scope.at(2), width, width, { kernel: 3, stride, padding: 1 }),
          convNorm(scope.at(3), width, outputs, { kernel: 1, linear: true }),
        );
  const straight = inputs === outputs && stride === 1;
  const shortcut: Block = straight
    ? (x) => x
    : convNorm(scope.at("downsample"), inputs, outputs, { kernel: 1, stride, linear: true });
  return (x, mode) => tf.relu(tf.add(branch(x, mode), shortcut(x, mode)));
}
