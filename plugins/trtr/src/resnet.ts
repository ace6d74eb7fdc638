import { type Scope, tf } from "@epochmark/plugin-kit";
import { conv2d, frozenBatchNorm, type Layer, maxPool2d } from "@epochmark/plugin-kit/nn";
import { kaimingNormalFanOut } from "./initializers.ts";

interface Stage {
  inputs: number;
  width: number;
  blocks: number;
  stride: 1 | 2;
  /** Of all blocks but the first, which keeps the dilation of the stage before it. */
  dilation: 1 | 2;
  trainable: boolean;
}

interface Bottleneck {
  inputs: number;
  width: number;
  stride: number;
  dilation: number;
  trainable: boolean;
}

export interface ResNetOptions {
  width: number;
  bottlenecks: readonly [number, number, number];
  epsilon: number;
}

/**
 * torchvision's ResNet-50 up to layer3 (He et al., CVPR 2016, table 1), the stride of layer3 replaced by dilation (total
 * stride 8) and every batch norm frozen; conv1 and layer1 are not trained. NHWC: [B, H, W, 3] ->
 * `layer2` [B, ⌈H/8⌉, ⌈W/8⌉, 8 width], `layer3` [B, ⌈H/8⌉, ⌈W/8⌉, 16 width].
 */
export function dilatedResNet(
  scope: Scope,
  { width, bottlenecks, epsilon }: ResNetOptions,
): (images: tf.Tensor) => Record<"layer2" | "layer3", tf.Tensor> {
  const norm = { epsilon };
  const conv1 = conv2d(scope.at("conv1"), 3, width, {
    kernel: 7,
    stride: 2,
    padding: 3,
    bias: false,
    trainable: false,
    weightInitializer: kaimingNormalFanOut,
  });
  const bn1 = frozenBatchNorm(scope.at("bn1"), width, norm);
  const [first, second, third] = bottlenecks;
  const layer1 = stage(
    scope.at("layer1"),
    { inputs: width, width, blocks: first, stride: 1, dilation: 1, trainable: false },
    norm,
  );
  const layer2 = stage(
    scope.at("layer2"),
    { inputs: 4 * width, width: 2 * width, blocks: second, stride: 2, dilation: 1, trainable: true },
    norm,
  );
  const layer3 = stage(
    scope.at("layer3"),
    { inputs: 8 * width, width: 4 * width, blocks: third, stride: 1, dilation: 2, trainable: true },
    norm,
  );
  return (images) => {
    const stem = maxPool2d(tf.relu(bn1(conv1(images))), { kernel: 3, stride: 2, padding: 1 });
    const middle = layer2(layer1(stem));
    return { layer2: middle, layer3: layer3(middle) };
  };
}

function stage(scope: Scope, { blocks, inputs, width, stride, dilation, trainable }: Stage, norm: Norm): Layer {
  const layers = Array.from({ length: blocks }, (_, index) =>
    index === 0
      ? bottleneck(scope.at(index), { inputs, width, stride, dilation: 1, trainable }, norm)
      : bottleneck(scope.at(index), { inputs: 4 * width, width, stride: 1, dilation, trainable }, norm),
  );
  return (x) => layers.reduce((y, apply) => apply(y), x);
}

type Norm = { epsilon: number };

/** 1x1, 3x3, 1x1 convolutions with a shortcut; the 3x3 has the stride (torchvision's variant). */
function bottleneck(scope: Scope, { inputs, width, stride, dilation, trainable }: Bottleneck, norm: Norm): Layer {
  const outputs = 4 * width;
  const shared = { bias: false, trainable, weightInitializer: kaimingNormalFanOut };
  const conv1 = conv2d(scope.at("conv1"), inputs, width, { ...shared, kernel: 1 });
  const bn1 = frozenBatchNorm(scope.at("bn1"), width, norm);
  const conv2 = conv2d(scope.at("conv2"), width, width, { ...shared, kernel: 3, stride, padding: dilation, dilation });
  const bn2 = frozenBatchNorm(scope.at("bn2"), width, norm);
  const conv3 = conv2d(scope.at("conv3"), width, outputs, { ...shared, kernel: 1 });
  const bn3 = frozenBatchNorm(scope.at("bn3"), outputs, norm);
  const shortcut = inputs === outputs && stride === 1 ? (x: tf.Tensor) => x : projection(scope.at("downsample"));
  return (x) => {
    const y = tf.relu(bn2(conv2(tf.relu(bn1(conv1(x))))));
    return tf.relu(tf.add(bn3(conv3(y)), shortcut(x)));
  };

  function projection(down: Scope): Layer {
    const conv = conv2d(down.at(0), inputs, outputs, { ...shared, kernel: 1, stride });
    const bn = frozenBatchNorm(down.at(1), outputs, norm);
    return (x) => bn(conv(x));
  }
}
