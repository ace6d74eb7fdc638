import type { tf } from "../tf.ts";

/** What a layer's declaration returns: tensors in, tensor out, parameters bound by its scope. */
export type Layer = (x: tf.Tensor) => tf.Tensor;
