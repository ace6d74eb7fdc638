import { type Network, type Scope, tf } from "@epochmark/plugin-kit";
import { adamW, conv2d, gelu, gradients, linear, softTargetCrossEntropy, toNhwc } from "@epochmark/plugin-kit/nn";

/** What differs between sizes and variants. */
export interface Config {
  /** Side of the square image, in pixels. */
  side: number;
  width: number;
  classes: number;
}

/**
 * A small classifier: images [N, 3, side, side] in, logits [N, classes] out. Replace it by the paper's network, with the
 * official checkpoint's names, and by the paper's whole train step: all losses, all updates.
 */
export function network(scope: Scope, { side, width, classes }: Config): Network {
  const stem = conv2d(scope.at("stem"), 3, width, { kernel: 4, stride: 4 });
  const head = linear(scope.at("head"), width, classes);
  const forward = (image: tf.Tensor): tf.Tensor => head(tf.mean(gelu(stem(toNhwc(image))), [1, 2]));

  const parameters = scope.trainable();
  const update = adamW(scope, parameters, { weightDecay: 0.05 });
  const tensor = (name: string, shape: number[]) => ({ name, shape, dtype: "float32" as const });
  const image = (batch: number) => tensor("image", [batch, 3, side, side]);
  return {
    infer: { inputs: (batch) => [image(batch)], run: (inputs) => ({ logits: forward(inputs.image!) }) },
    train: {
      inputs: (batch) => [
        image(batch),
        tensor("targets", [batch, classes]),
        tensor("learningRate", []),
        tensor("step", []),
      ],
      run({ image: pixels, targets, learningRate, step }) {
        const losses = () => ({ total: softTargetCrossEntropy(forward(pixels!), targets!) });
        const found = gradients(losses, parameters, scope);
        update(found.gradients, { learningRate: learningRate!, step: step! });
        return found.losses;
      },
    },
  };
}
