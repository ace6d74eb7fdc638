import { tf } from "../tf.ts";

/** x where x > 0, else slope x; the derivative at 0 is the slope, as in PyTorch. Twice differentiable: the mask is flat. */
export function leakyRelu(x: tf.Tensor, slope: number): tf.Tensor {
  const run = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([input]);
    return {
      value: tf.leakyRelu(input, slope),
      gradFunc: (dy, saved) => tf.mul(dy, tf.step((saved as [tf.Tensor])[0], slope)),
    };
  });
  return run(x);
}
