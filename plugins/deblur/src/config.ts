import type { BuildRequest } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

export type ImageSize = readonly [height: number, width: number];

/** A DeblurGAN and how it is trained. */
export interface DeblurGanConfig {
  /** Sides of the images of inference and of the training crop, each divisible by 4. */
  inferImage: ImageSize;
  trainImage: ImageSize;
  /** Channels of the generator's first layer (official: ngf) and of the critic's (ndf). */
  width: number;
  criticWidth: number;
  /** Residual blocks of the generator. */
  blocks: number;
  /** Channels of the perceptual network's first layer. */
  perceptualWidth: number;
  /** Rate in training. */
  dropout: number;
  /** Largest length of the motion that blurs a made-up training pair, in pixels. */
  blurLength: number;
  /** `mean-square`: the generator alone, trained for the mean of (restored - sharp)². */
  objective: "paper" | "mean-square";
  /** Size of a sharp image that inference has the critic judge, where one is asked for. */
  judgeSharp?: ImageSize;
  optimizer: { beta1: number; beta2: number; epsilon: number };
  schedule: Schedule;
}

/** Settings that a request may change, with the official names. */
const adjustable = {
  ngf: "width",
  ndf: "criticWidth",
  width: "width",
  criticWidth: "criticWidth",
  blocks: "blocks",
  perceptualWidth: "perceptualWidth",
} as const;

/** The config that `request` asks for. @throws naming what cannot be built */
export function configure(config: DeblurGanConfig, request: BuildRequest): DeblurGanConfig {
  const { part, trainObjective, overrides = {}, shapes = {} } = request;
  if (part) throw new Error(`DeblurGAN has no part "${part}": leave the part out`);
  if (trainObjective !== undefined && trainObjective !== "mean-square")
    throw new Error(
      `DeblurGAN cannot train for "${trainObjective}": leave it out for the paper's losses, or mean-square`,
    );
  const { blurred, sharp } = shapes;
  const judged = sharp && imageSize("sharp", sharp, 1);
  return {
    ...config,
    ...overridden(overrides),
    objective: trainObjective ?? config.objective,
    ...(blurred && { inferImage: imageSize("blurred", blurred, 4) }),
    ...trainSize(shapes),
    ...(judged && { judgeSharp: judged }),
    optimizer: optimizerFor(config, request.optimizer ?? {}),
  };
}

function overridden(overrides: Record<string, unknown>): Partial<DeblurGanConfig> {
  return Object.fromEntries(
    Object.entries(overrides).map(([name, value]) => {
      if (!Object.hasOwn(adjustable, name))
        throw new Error(`DeblurGAN has no setting "${name}" (it has ${Object.keys(adjustable).join(", ")})`);
      if (!Number.isInteger(value) || (value as number) < 1)
        throw new Error(`${name} must be a whole number above 0, not ${JSON.stringify(value)}`);
      return [adjustable[name as keyof typeof adjustable], value];
    }),
  );
}

function trainSize(shapes: Record<string, number[]>): Partial<DeblurGanConfig> {
  const { "batch.blurred": blurred, "batch.sharp": sharp } = shapes;
  if (!blurred) return {};
  if (sharp && sharp.join() !== blurred.join())
    throw new Error(`blurred [${blurred.join(", ")}] and sharp [${sharp.join(", ")}] differ in shape: use one`);
  return { trainImage: imageSize("batch.blurred", blurred, 4) };
}

function imageSize(name: string, shape: number[], multiple: number): ImageSize {
  const [, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 3 || !height || !width)
    throw new Error(`${name} should be [batch, 3, height, width], not [${shape.join(", ")}]`);
  if (height % multiple || width % multiple)
    throw new Error(`${name}: ${height}x${width} should be divisible by ${multiple}; pad it and crop the result`);
  return [height, width];
}

function optimizerFor(config: DeblurGanConfig, asked: Record<string, unknown>): DeblurGanConfig["optimizer"] {
  const { name = "Adam", betas = [], epsilon, weightDecay = 0 } = asked;
  if (name !== "Adam") throw new Error(`DeblurGAN is trained with Adam here, not ${name}`);
  if (weightDecay !== 0) throw new Error("DeblurGAN is trained without weight decay here: leave it out or say 0");
  const [beta1, beta2] = betas as number[];
  const { optimizer } = config;
  return {
    beta1: beta1 ?? optimizer.beta1,
    beta2: beta2 ?? optimizer.beta2,
    epsilon: (epsilon as number | undefined) ?? optimizer.epsilon,
  };
}
