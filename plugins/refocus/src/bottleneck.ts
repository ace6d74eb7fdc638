import { type Scope, tf } from "@epochmark/plugin-kit";
import type { NormLayer, NormMode } from "@epochmark/plugin-kit/nn";
import { normalised } from "./layers.ts";

interface Bottleneck {
  /** Stage and letter, `2a`. */
  name: string;
  inputs: number;
  width: number;
  outputs: number;
  stride?: 1 | 2;
  dilation?: number;
  /** Which 1x1 convolution has the stride, beside the projection. */
  strided?: "first" | "last";
  /** Whether the shortcut is a projection, and whether a ReLU follows it before the sum. Default: the identity. */
  shortcut?: "identity" | "projection" | "projection with ReLU";
}

/** He et al.'s bottleneck (CVPR 2016): 1x1, 3x3, 1x1, each with batch norm, ReLU after the first two and the sum. */
export function bottleneck(scope: Scope, block: Bottleneck): NormLayer {
  const { name, inputs, width, outputs, stride = 1, dilation = 1, strided, shortcut = "identity" } = block;
  const layer = (
    branch: string,
    from: number,
    to: number,
    options: { kernel: number; stride?: number; dilation?: number },
  ) => normalised(scope, { conv: `res${name}_branch${branch}`, bn: `bn${name}_branch${branch}` }, [from, to], options);
  const project = shortcut === "identity" ? undefined : layer("1", inputs, outputs, { kernel: 1, stride });
  const first = layer("2a", inputs, width, { kernel: 1, stride: strided === "first" ? stride : 1 });
  const middle = layer("2b", width, width, { kernel: 3, dilation });
  const last = layer("2c", width, outputs, { kernel: 1, stride: strided === "last" ? stride : 1 });
  const beside = (x: tf.Tensor, mode: NormMode): tf.Tensor => {
    if (!project) return x;
    const y = project(x, mode);
    return shortcut === "projection with ReLU" ? tf.relu(y) : y;
  };
  return (x, mode) => {
    const straight = beside(x, mode);
    const y = last(tf.relu(middle(tf.relu(first(x, mode)), mode)), mode);
    return tf.relu(tf.add(y, straight));
  };
}
