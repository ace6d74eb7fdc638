import { type Scope, tf } from "@epochmark/plugin-kit";
import { conv2d, kaimingNormal, type Layer, maxPool2d, zeros } from "@epochmark/plugin-kit/nn";

/** torchvision's: features keep their size through the layers even where no trained weights are at hand. */
const initial = { weightInitializer: kaimingNormal, biasInitializer: zeros };

/**
 * VGG19 (Simonyan and Zisserman, arXiv 1409.1556) up to conv3_3, before its ReLU: the fixed network of the perceptual
 * loss, under torchvision's names `features.N`. [B, H, W, 3] -> [B, H / 4, W / 4, 4 width].
 * @param width channels of the first block: 64 in the published network
 */
export function vgg19(scope: Scope, width = 64): Layer {
  const conv = (index: number, inputs: number, outputs: number) =>
    conv2d(scope.at("features").at(index), inputs, outputs, { kernel: 3, padding: 1, trainable: false, ...initial });
  const blocks = [
    [conv(0, 3, width), conv(2, width, width)],
    [conv(5, width, 2 * width), conv(7, 2 * width, 2 * width)],
    [conv(10, 2 * width, 4 * width), conv(12, 4 * width, 4 * width), conv(14, 4 * width, 4 * width)],
  ];
  return (images) => {
    let x = images;
    for (const [depth, block] of blocks.entries()) {
      if (depth > 0) x = maxPool2d(x, { kernel: 2 });
      for (const [index, apply] of block.entries()) x = depth + index === 4 ? apply(x) : tf.relu(apply(x));
    }
    return x;
  };
}
