import { tf } from "../tf.ts";

/**
 * A comparison is flat wherever it has a derivative: zero gradients, which TensorFlow.js leaves out. First derivatives
 * of maximum, relu6 and clip multiply by a comparison, so that second ones (a gradient penalty) would stop at it.
 */
function registerZeroGradients(kernels: readonly string[], inputs: readonly string[]): void {
  for (const kernelName of kernels)
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      gradFunc: (_, saved) =>
        Object.fromEntries(inputs.map((name, index) => [name, () => tf.zeros(saved[index]!.shape)])),
    });
}

registerZeroGradients(["Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"], ["a", "b"]);
registerZeroGradients(["LogicalAnd", "LogicalOr"], ["a", "b"]);
registerZeroGradients(["LogicalNot"], ["x"]);
