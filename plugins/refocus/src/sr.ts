import { type Scope, tf } from "@epochmark/plugin-kit";
import { resizeBilinear } from "@epochmark/plugin-kit/nn";
import type { DeepLensConfig } from "./config.ts";
import { convolution, featureStack, kernelsOf, normalised, show } from "./layers.ts";
import { render } from "./render.ts";

/** What one enlargement sees; NHWC, `high` of any size, about twice the others'. */
interface Level {
  low: tf.Tensor;
  /** The low image with shallow depth of field. */
  dof: tf.Tensor;
  /** Signed depth. */
  depth: tf.Tensor;
  high: tf.Tensor;
}

export type Upsampling = (level: Level) => tf.Tensor;

/**
 * Guided upsampling: an hourglass over the low level chooses the weights with which the features of the enlarged result
 * and of the sharp high image are mixed. Called again, with the same weights, for the next level. Batch norm always uses the
 * stored statistics, as the official code does even in training.
 */
export function guidedUpsampling(scope: Scope, { upsamplingWidth: width, features }: DeepLensConfig): Upsampling {
  const kernels = kernelsOf(6, features);
  const layer = (name: string, inputs: number, outputs: number, stride = 1) => {
    const found = normalised(scope, { conv: name, bn: `${name}_bn` }, [inputs, outputs], { kernel: 3, stride });
    return (x: tf.Tensor) => tf.relu(found(x, "stored"));
  };
  const [w1, w2, w3, w4] = [width, 2 * width, 4 * width, 8 * width];
  const lr1 = layer("lr1_1", 7, w1);
  const lr2 = layer("lr2_1", w1, w2, 2);
  const lr3 = layer("lr3_1", w2, w3, 2);
  const lr4 = layer("lr4_1", w3, w4, 2);
  const lr4b = layer("lr4_2", w4, w4);
  const lr5 = layer("lr5_1", w4, w3);
  const lr6 = layer("lr6_1", w3, w2);
  const lr7 = layer("lr7_1", w2, w1);
  const lr8 = layer("lr8_1", w1, w1);
  const lr9 = layer("lr9_1", w1, w1);
  const mixing = [3 + w1, w1, w1, w1].map((inputs, index) => layer(`pre1_${index + 1}`, inputs, w1));
  const output = convolution(scope, "pre1_5", [w1, kernels], { kernel: 3, bias: true });
  const stack = featureStack(scope, 6, features);

  return ({ low, dof, depth, high }) => {
    const x1 = lr1(tf.concat([low, dof, depth], -1));
    const x2 = lr2(x1);
    const x3 = lr3(x2);
    const x5 = tf.add(resizeTo(x3, lr5(lr4b(lr4(x3)))), x3);
    const x6 = tf.add(resizeTo(x2, lr6(x5)), x2);
    const x7 = tf.add(resizeTo(x1, lr7(x6)), x1);
    const guide = show(scope, "lr9_1_bn", lr9(resizeTo(high, show(scope, "lr8_1_bn", lr8(x7)))));
    const mixed = mixing.reduce((x, apply) => apply(x), tf.concat([high, guide], -1));
    const weights = show(scope, "pre1_5", tf.relu(output(mixed)));
    return render(weights, show(scope, "fea_output", stack(tf.concat([resizeTo(high, dof), high], -1))));
  };
}

/** `x` in the size of `like`, bilinearly as TensorFlow 1 does. */
export function resizeTo(like: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return resizeBilinear(x, [like.shape[1]!, like.shape[2]!], "legacy");
}
