import type { PhotoTask } from "@epochmark/plugin-kit";
import { centerCrop, type Normalisation } from "@epochmark/plugin-kit/data";
import type { ViTConfig } from "./config.ts";
import classNames from "./imagenet-classes.json" with { type: "json" };

/** How a checkpoint's authors evaluate: the side before the crop is the input's side over `cropRatio`. */
interface Evaluation extends Required<Normalisation> {
  cropRatio: number;
}

/** DeiT's own evaluation, for 224 and 384 alike: resize to 256 / 224 of the side, ImageNet's mean and deviation. */
export const deit: Evaluation = { cropRatio: 0.875, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** What the DeepViT repository's models state at 224 and at 384; pixels in [-1, 1]. */
export const deepvit224: Evaluation = { cropRatio: 0.9, mean: 0.5, std: 0.5 };
export const deepvit384: Evaluation = { cropRatio: 1, mean: 0.5, std: 0.5 };

/** The photograph's centre crop in, the probabilities of ImageNet's 1,000 classes out. */
export function classify({ cropRatio, ...normalisation }: Evaluation): PhotoTask<ViTConfig> {
  return {
    gives: "classes",
    classNames,
    async prepare({ imageSize }, photograph) {
      const before = Math.floor(imageSize / cropRatio);
      const data = await centerCrop(photograph, before, imageSize, normalisation);
      return { input: { shape: [1, 3, imageSize, imageSize], data } };
    },
    present: ({ logits }) => softmax(logits!.data),
  };
}

function softmax(logits: ArrayLike<number>): Float32Array {
  const values = Array.from(logits);
  const largest = values.reduce((a, b) => Math.max(a, b));
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b);
  return Float32Array.from(powers, (power) => power / sum);
}
