import type { BuildRequest } from "@epochmark/plugin-kit";

/** What the models of this plugin understand of a request in the same way. */

export type ImageSize = readonly [height: number, width: number];

/** Sides that a network takes. */
export interface Sides {
  /** Both are divisible by this. */
  multiple: number;
  smallest: number;
}

export interface AdamConstants {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** Height and width of an NCHW shape. @throws when it is none, or the network cannot take it */
function imageSize(name: string, shape: number[], { multiple, smallest }: Sides): ImageSize {
  const [, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 3 || !height || !width)
    throw new Error(`${name} should be [batch, 3, height, width], not [${shape.join(", ")}]`);
  if (height % multiple || width % multiple)
    throw new Error(`${name}: ${height}x${width} should be divisible by ${multiple}; pad it and crop the result`);
  if (Math.min(height, width) < smallest)
    throw new Error(`${name}: ${height}x${width} should have sides of ${smallest} or more; pad it and crop the result`);
  return [height, width];
}

/** The images of a request, for the phases that it names some for. */
export function imageSizes({ shapes = {} }: BuildRequest, sides: Sides) {
  const { blurred, sharp, "batch.blurred": trained, "batch.sharp": target } = shapes;
  if (trained && target && trained.join() !== target.join())
    throw new Error(`blurred [${trained.join(", ")}] and sharp [${target.join(", ")}] differ in shape: use one`);
  return {
    ...(blurred && { inferImage: imageSize("blurred", blurred, sides) }),
    ...(trained && { trainImage: imageSize("batch.blurred", trained, sides) }),
    ...(sharp && { judgeSharp: imageSize("sharp", sharp, { multiple: 1, smallest: 4 }) }),
  };
}

/** Numbers of the config by the names that a request may use. @throws on a name or a value that cannot be */
export function wholeNumbers<Key extends string>(
  title: string,
  overrides: Record<string, unknown>,
  adjustable: Readonly<Record<string, Key>>,
): Partial<Record<Key, number>> {
  return Object.fromEntries(
    Object.entries(overrides).map(([name, value]) => {
      if (!Object.hasOwn(adjustable, name))
        throw new Error(`${title} has no setting "${name}" (it has ${Object.keys(adjustable).join(", ")})`);
      if (!Number.isInteger(value) || (value as number) < 1)
        throw new Error(`${name} must be a whole number above 0, not ${JSON.stringify(value)}`);
      return [adjustable[name], value];
    }),
  ) as Partial<Record<Key, number>>;
}

/** Adam's constants as asked for. @throws on another optimizer */
export function adamConstants(title: string, own: AdamConstants, asked: Record<string, unknown> = {}): AdamConstants {
  const { name = "Adam", betas = [], epsilon = own.epsilon, weightDecay = 0 } = asked;
  if (name !== "Adam") throw new Error(`${title} is trained with Adam here, not ${name}`);
  if (weightDecay !== 0) throw new Error(`${title} is trained without weight decay here: leave it out or say 0`);
  const [beta1 = own.beta1, beta2 = own.beta2] = betas as number[];
  return { beta1, beta2, epsilon: epsilon as number };
}
