import { tf } from "@epochmark/plugin-kit";

/** How far below zero a response may fall. */
const floor = 0.05;

/**
 * ATOM's activation of responses (Danelljan et al., CVPR 2019), and its slope: x above zero, floor (exp(x / floor) - 1)
 * below, so that a response need not be exactly zero where the target is not.
 */
export function mlu(x: tf.Tensor): { value: tf.Tensor; slope: tf.Tensor } {
  const slope = tf.exp(tf.div(tf.minimum(x, 0), floor));
  return { value: tf.add(tf.relu(x), tf.mul(tf.sub(slope, 1), floor)), slope };
}
