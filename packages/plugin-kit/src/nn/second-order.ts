import { tf } from "../tf.ts";

/**
 * True while a gradient is itself being recorded for another derivative. A hand-written gradient may
 * then use only its arguments: what the forward pass saved on the side has no derivative of its own.
 */
export function isDifferentiatedAgain(): boolean {
  return tf.engine().state.gradientDepth > 0;
}
