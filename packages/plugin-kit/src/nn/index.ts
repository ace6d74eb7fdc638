import "./comparison-gradients.ts";

export { attend, type AttentionOptions, mergeHeads, selfAttention, splitHeads } from "./attention.ts";
export { conv2d, type Conv2dOptions, type Padding } from "./conv2d.ts";
export { convTranspose2d, type ConvTranspose2dOptions } from "./conv-transpose2d.ts";
export { dropPath, dropPathFactors } from "./drop-path.ts";
export { gelu } from "./gelu.ts";
export { type Gradients, gradients } from "./gradients.ts";
export { type Initializer, kaimingUniform, normal, ones, truncatedNormal, zeros } from "./initializers.ts";
export type { Layer } from "./layer.ts";
export { layerNorm } from "./layer-norm.ts";
export { leakyRelu } from "./leaky-relu.ts";
export { linear, type LinearOptions } from "./linear.ts";
export { smoothLabels, softTargetCrossEntropy } from "./losses.ts";
export { type MirrorSides, reflectPad, symmetricPad } from "./mirror-pad.ts";
export { mlp } from "./mlp.ts";
export * from "./optimizers/index.ts";
export { patchEmbed } from "./patch-embed.ts";
