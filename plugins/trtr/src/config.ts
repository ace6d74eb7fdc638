import type { BuildRequest } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

/** What one inference step takes: both images, the template alone (first frame), or its memory and the next frame. */
type Inference = "pair" | "template" | "tracked";

/** One TrTr and how it is trained. Names as in the golden files' `config` where they have one. */
export interface TrTrConfig {
  inference: Inference;
  /** Sides of the square crops, in pixels. */
  template: number;
  search: number;
  trainSearch: number;
  /** ResNet stages layer1, layer2, layer3: channels of the first one's 3x3 convolutions, bottlenecks of each. */
  backboneWidth: number;
  bottlenecks: readonly [number, number, number];
  frozenBatchNormEpsilon: number;
  dim: number;
  heads: number;
  feedForward: number;
  encoderLayers: number;
  normEpsilon: number;
  dropout: number;
  optimizer: Optimizer;
  schedule: Schedule;
}

interface Optimizer {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Learning rate of the backbone, as a share of the others'. */
  backboneRate: number;
  /** Largest length of all gradients together. */
  clip: number;
}

/** Total stride of the backbone: a feature map has ceil(side / 8) cells a side. */
export const cellsOf = (side: number): number => Math.ceil(side / 8);

/** Facts that hold for every model here: a request may state them, but not change them. */
const fixed: Record<string, unknown> = {
  decoderLayers: 1,
  preNorm: false,
  activation: "relu",
  attentionMask: false,
};
const adjustable = [
  "template",
  "search",
  "trainSearch",
  "dim",
  "heads",
  "feedForward",
  "encoderLayers",
  "normEpsilon",
  "frozenBatchNormEpsilon",
  "dropout",
] as const;

/** The config that `request` asks for. @throws naming what cannot be built */
export function configure(config: TrTrConfig, request: BuildRequest): TrTrConfig {
  if (request.part) throw new Error(`TrTr has no part "${request.part}": leave the part out`);
  if (request.trainObjective) throw new Error(`TrTr cannot train for "${request.trainObjective}", only its own losses`);
  const overridden = { ...config, ...overrides(request.overrides ?? {}) };
  const asked = {
    ...overridden,
    ...sized(overridden, request.shapes ?? {}),
    optimizer: optimizerFor(config.optimizer, request.optimizer ?? {}),
  };
  if (asked.dim % asked.heads) throw new Error(`dim ${asked.dim} cannot be shared by ${asked.heads} heads`);
  if (asked.dim % 4) throw new Error(`dim ${asked.dim} cannot be halved into sines and cosines of y and x`);
  return asked;
}

function overrides(asked: Record<string, unknown>): Partial<TrTrConfig> {
  const known: readonly string[] = adjustable;
  for (const [name, value] of Object.entries(asked)) {
    if (name in fixed) {
      if (value !== fixed[name]) throw new Error(`TrTr has ${name} = ${fixed[name]}, not ${value}`);
    } else if (!known.includes(name)) {
      throw new Error(`TrTr has no setting "${name}" (it has ${adjustable.join(", ")})`);
    } else if (typeof value !== "number" || !(value > 0 || (name === "dropout" && value === 0))) {
      throw new Error(`${name} must be a number above 0, not ${JSON.stringify(value)}`);
    }
  }
  return Object.fromEntries(Object.entries(asked).filter(([name]) => known.includes(name)));
}

/** What the request's inputs imply: which of them there are says what inference takes, their shapes the sides. */
function sized(config: TrTrConfig, shapes: Record<string, number[]>): Partial<TrTrConfig> {
  const side = (name: string): number | undefined => {
    const shape = shapes[name];
    if (!shape) return undefined;
    const [, channels, height, width] = shape;
    if (shape.length !== 4 || channels !== 3 || height !== width || !height)
      throw new Error(`TrTr takes ${name} as square images [batch, 3, side, side], not [${shape.join(", ")}]`);
    return height;
  };
  const [template, trained] = [side("template"), side("batch.template")];
  if (template !== undefined && trained !== undefined && trained !== template)
    throw new Error("templates of inference and training differ in side: use one");
  return {
    inference: inferenceOf(config.inference, shapes),
    template: template ?? trained ?? config.template,
    search: side("search") ?? config.search,
    trainSearch: side("batch.search") ?? config.trainSearch,
  };
}

function inferenceOf(otherwise: Inference, shapes: Record<string, number[]>): Inference {
  if (shapes.template) return shapes.search ? "pair" : "template";
  return shapes.memory ? "tracked" : otherwise;
}

function optimizerFor(optimizer: Optimizer, asked: Record<string, unknown>): Optimizer {
  const { name = "AdamW", betas = [], epsilon, weightDecay, learningRate, learningRateBackbone, clip } = asked;
  if (name !== "AdamW") throw new Error(`TrTr is trained with AdamW here, not ${name}`);
  if (clip === null) throw new Error("TrTr is trained with gradient clipping: give clip.globalNorm");
  const [beta1, beta2] = betas as number[];
  const backboneRate = (learningRateBackbone as number) / (learningRate as number);
  return {
    beta1: beta1 ?? optimizer.beta1,
    beta2: beta2 ?? optimizer.beta2,
    epsilon: (epsilon as number | undefined) ?? optimizer.epsilon,
    weightDecay: (weightDecay as number | undefined) ?? optimizer.weightDecay,
    backboneRate: Number.isFinite(backboneRate) ? backboneRate : optimizer.backboneRate,
    clip: (clip as { globalNorm?: number } | undefined)?.globalNorm ?? optimizer.clip,
  };
}
