import type { Initializer } from "@epochmark/plugin-kit/nn";

/** torchvision's start of a ResNet's filters [outputs, inputs, k, k]: normal, variance 2 / (outputs k²). */
export const kaimingNormalFanOut: Initializer = (shape, random) => {
  const [outputs, inputs, height, width] = shape as [number, number, number, number];
  const std = Math.sqrt(2 / (outputs * height * width));
  return random.normals(outputs * inputs * height * width, 0, std);
};

export const constant =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(value);
