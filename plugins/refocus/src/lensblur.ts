import { type Scope, tf } from "@epochmark/plugin-kit";
import { type NormMode, resizeBilinear } from "@epochmark/plugin-kit/nn";
import { bottleneck } from "./bottleneck.ts";
import type { DeepLensConfig } from "./config.ts";
import { convolution, featureStack, kernelsOf, normalised, show } from "./layers.ts";
import { render } from "./render.ts";

export type LensBlur = (image: tf.Tensor, signedDepth: tf.Tensor, mode: NormMode) => tf.Tensor;

/**
 * The lens-blur module: one network chooses the weights of a kernel at each pixel from the image and its signed depth,
 * another makes the features that the kernel mixes. NHWC: image [B, H, W, 3] in [0, 1], signed depth [B, H, W, 1] ->
 * image with shallow depth of field [B, H, W, 3].
 */
export function lensBlur(scope: Scope, { width, features }: DeepLensConfig): LensBlur {
  const kernels = kernelNetwork(scope.at("Lensblur"), width, kernelsOf(3, features));
  const stack = featureStack(scope.at("Feature"), 3, features);
  return (image, signedDepth, mode) => {
    const weights = kernels(tf.sub(image, 0.5), signedDepth, mode);
    return render(weights, show(scope, "features", stack(image)));
  };
}

/** A coarse look at the depth alone, in quarters and eighths, joined with a fine look at image and depth. */
function kernelNetwork(scope: Scope, width: number, kernels: number): LensBlur {
  const layer = (name: string, inputs: number, stride: number) => {
    const found = normalised(scope, { conv: `conv${name}`, bn: `bn${name}` }, [inputs, width], { kernel: 7, stride });
    return (x: tf.Tensor, mode: NormMode) => tf.relu(found(x, mode));
  };
  const block = (name: string, inputs: number, outputs: number, stride: 1 | 2 = 1) =>
    bottleneck(scope, {
      name,
      inputs,
      width,
      outputs,
      stride,
      strided: "last",
      shortcut: inputs === outputs ? "identity" : "projection with ReLU",
    });
  const [double, fourfold] = [2 * width, 4 * width];
  const shallow = layer("1_shallow", 4, 1);
  const conv1 = layer("1", 1, 4);
  const coarse = [block("2a", width, double), block("2b", double, fourfold, 2), block("3a", fourfold, fourfold)];
  const fine = [block("4a", fourfold + width, double), block("4b", double, fourfold), block("4c", fourfold, fourfold)];
  const output = convolution(scope, "output", [fourfold, kernels], { kernel: 1, bias: true });

  return (image, signedDepth, mode) => {
    const near = show(scope, "bn1_shallow", shallow(tf.concat([image, signedDepth], -1), mode));
    const far = show(
      scope,
      "res3a_relu",
      coarse.reduce((x, apply) => apply(x, mode), conv1(signedDepth, mode)),
    );
    const up = resizeBilinear(far, [image.shape[1]!, image.shape[2]!], "legacy");
    const joined = fine.reduce((x, apply) => apply(x, mode), tf.concat([up, near], -1));
    return show(scope, "output_relu", tf.relu(output(joined)));
  };
}
