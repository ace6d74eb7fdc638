import type { BuildRequest } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

/** One ViT and how DeiT trains it. Names as in the golden files' `config`. */
export interface ViTConfig {
  /** Side of the square input, in pixels. */
  imageSize: number;
  patch: number;
  dim: number;
  depth: number;
  heads: number;
  mlpRatio: number;
  classes: number;
  normEpsilon: number;
  /** Rate of stochastic depth in the last block; rises linearly from 0 in the first. */
  dropPath: number;
  smoothing: number;
  /** α of the beta distributions that Mixup and CutMix draw from; 0: left out. */
  mixing: { mixup: number; cutmix: number };
  optimizer: { beta1: number; beta2: number; epsilon: number; weightDecay: number };
  schedule: Schedule;
}

/** Facts that hold for every model here: a request may state them, but not change them. */
const fixed: Record<string, unknown> = { qkvBias: true, gelu: "erf", classToken: true, pool: "token" };
const adjustable = ["imageSize", "patch", "dim", "depth", "heads", "mlpRatio", "classes", "normEpsilon"] as const;

/** The config that `request` asks for. @throws naming what cannot be built */
export function configure(config: ViTConfig, request: BuildRequest): ViTConfig {
  if (request.part) throw new Error(`a ViT has no part "${request.part}": leave the part out`);
  if (request.trainObjective) throw new Error(`a ViT cannot train for "${request.trainObjective}", only cross-entropy`);
  const asked = {
    ...config,
    ...overridden(request.overrides ?? {}),
    ...sized(request.shapes ?? {}),
    optimizer: optimizerFor(config, request.optimizer ?? {}),
  };
  if (asked.imageSize % asked.patch)
    throw new Error(`image side ${asked.imageSize} is no multiple of the patch side ${asked.patch}`);
  if (asked.dim % asked.heads) throw new Error(`dim ${asked.dim} cannot be shared by ${asked.heads} heads`);
  return asked;
}

function overridden(overrides: Record<string, unknown>): Partial<ViTConfig> {
  const known: readonly string[] = adjustable;
  for (const [name, value] of Object.entries(overrides)) {
    if (name in fixed) {
      if (value !== fixed[name]) throw new Error(`a ViT has ${name} = ${fixed[name]}, not ${value}`);
    } else if (!known.includes(name)) {
      throw new Error(`a ViT has no setting "${name}" (it has ${adjustable.join(", ")})`);
    } else if (typeof value !== "number" || !(value > 0)) {
      throw new Error(`${name} must be a number above 0, not ${JSON.stringify(value)}`);
    }
  }
  return Object.fromEntries(Object.entries(overrides).filter(([name]) => known.includes(name)));
}

/** The image side that the request's inputs imply. */
function sized(shapes: Record<string, number[]>): Partial<ViTConfig> {
  const images = ["input", "batch.input"].map((name) => shapes[name]).filter((shape) => shape !== undefined);
  const [imageSize] = images.map((shape) => {
    const [, channels, height, width] = shape;
    if (shape.length !== 4 || channels !== 3 || height !== width || !height)
      throw new Error(`a ViT takes square images [batch, 3, side, side], not [${shape.join(", ")}]`);
    if (height !== images[0]![2]) throw new Error(`inference and training inputs differ in side: use one`);
    return height;
  });
  return imageSize ? { imageSize } : {};
}

function optimizerFor(config: ViTConfig, asked: Record<string, unknown>): ViTConfig["optimizer"] {
  const { name = "AdamW", clip = null, betas = [], epsilon, weightDecay } = asked;
  if (name !== "AdamW") throw new Error(`a ViT is trained with AdamW here, not ${name}`);
  if (clip !== null) throw new Error("a ViT is trained without gradient clipping here: leave `clip` out");
  const [beta1, beta2] = betas as number[];
  const { optimizer } = config;
  return {
    beta1: beta1 ?? optimizer.beta1,
    beta2: beta2 ?? optimizer.beta2,
    epsilon: (epsilon as number | undefined) ?? optimizer.epsilon,
    weightDecay: (weightDecay as number | undefined) ?? optimizer.weightDecay,
  };
}
