import type { BuildRequest } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

/**
 * What one inference step takes: both images, the template alone (first frame), or its memory and the next frame; for the
 * online part crops alone, or the next frame with filters and projections too.
 */
type Inference = "pair" | "template" | "tracked" | "features" | "hybrid";

/**
 * What the transformer is told of its images' edges: nothing, as if every cell showed the image; position codes in which only
 * cells inside count; or the codes, and which cells attention must not look at.
 */
type Edges = "none" | "positions" | "masked";

/** One TrTr and how it is trained. Names as in the golden files' `config` where they have one. */
export interface TrTrConfig {
  inference: Inference;
  edges: Edges;
  /** What phase `online` does: the periodic update, or the first frame's fit. */
  onlinePart: "update" | "first-frame";
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
  online: Online;
  optimizer: Optimizer;
  schedule: Schedule;
}

/** The backbone's layers that the online part can look at. */
export const onlineLayers = ["layer2", "layer3"] as const;
export type LayerName = (typeof onlineLayers)[number];

/** The discriminative filter that is learnt while tracking (ATOM's classifier). */
interface Online {
  /** The layers that it looks at, each with a filter of its own. */
  layers: readonly LayerName[];
  /** Cells a side of the maps that it looks at; null: half of the heatmap's. */
  cells: number | null;
  /** Samples that the periodic update looks at. */
  memory: number;
  /** Channels that a layer is projected to, and side of its filter in cells. */
  filterChannels: number;
  filterSize: number;
  /** Conjugate gradient steps of the periodic update. */
  filterSteps: number;
  /** Gauss-Newton steps of the first frame, and conjugate gradient steps in each. */
  newtonSteps: number;
  gradientSteps: number;
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
const online = ["memory", "newtonSteps", "gradientSteps", "filterSteps"] as const;

/** The config that `request` asks for. @throws naming what cannot be built */
export function configure(config: TrTrConfig, request: BuildRequest): TrTrConfig {
  const { part } = request;
  if (part && part !== "first-frame")
    throw new Error(`TrTr has no part "${part}": say first-frame (of phase online), or leave it out`);
  if (request.trainObjective) throw new Error(`TrTr cannot train for "${request.trainObjective}", only its own losses`);
  const overridden = { ...config, ...overrides(request.overrides ?? {}) };
  const asked = {
    ...overridden,
    ...sized(overridden, request.shapes ?? {}),
    onlinePart: part === "first-frame" ? part : config.onlinePart,
    online: onlineFor(config.online, request.overrides ?? {}, request.shapes ?? {}),
    optimizer: optimizerFor(config.optimizer, request.optimizer ?? {}),
  };
  if (asked.dim % asked.heads) throw new Error(`dim ${asked.dim} cannot be shared by ${asked.heads} heads`);
  if (asked.dim % 4) throw new Error(`dim ${asked.dim} cannot be halved into sines and cosines of y and x`);
  return asked;
}

function overrides(asked: Record<string, unknown>): Partial<TrTrConfig> {
  const known: readonly string[] = [...adjustable, ...online];
  for (const [name, value] of Object.entries(asked)) {
    if (name in fixed) {
      if (value !== fixed[name]) throw new Error(`TrTr has ${name} = ${fixed[name]}, not ${value}`);
    } else if (!known.includes(name)) {
      throw new Error(`TrTr has no setting "${name}" (it has ${known.join(", ")})`);
    } else if (typeof value !== "number" || !(value > 0 || (name === "dropout" && value === 0))) {
      throw new Error(`${name} must be a number above 0, not ${JSON.stringify(value)}`);
    }
  }
  return only(adjustable, asked);
}

function only(names: readonly string[], asked: Record<string, unknown>): Record<string, never> {
  return Object.fromEntries(Object.entries(asked).filter(([name]) => names.includes(name))) as Record<string, never>;
}

/**
 * The memory is as long as the list of what its places hold; the layers are those of which there are maps or filters; the
 * cells are the labels', or those that the backbone's maps are averaged to.
 */
function onlineFor(config: Online, asked: Record<string, unknown>, shapes: Record<string, number[]>): Online {
  const layers = onlineLayers.filter((layer) => shapes[layer] ?? shapes[`filter.${layer}`]);
  return {
    ...config,
    ...only(online, asked),
    ...(shapes.slots?.[0] && { memory: shapes.slots[0] }),
    layers: layers.length > 0 ? layers : config.layers,
    cells: shapes.labels?.[1] ?? shapes.average?.[0] ?? config.cells,
  };
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
    edges: edgesFor(config.edges, shapes),
    template: template ?? trained ?? config.template,
    search: side("search") ?? side("crops") ?? config.search,
    trainSearch: side("batch.search") ?? config.trainSearch,
  };
}

function inferenceOf(otherwise: Inference, shapes: Record<string, number[]>): Inference {
  if (shapes.template) return shapes.search ? "pair" : "template";
  if (shapes.crops) return "features";
  if (shapes.memory) return Object.keys(shapes).some((name) => name.startsWith("filter.")) ? "hybrid" : "tracked";
  return otherwise;
}

function edgesFor(otherwise: Edges, shapes: Record<string, number[]>): Edges {
  if (shapes.templateInside) return "masked";
  return shapes.templatePositions ? "positions" : otherwise;
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
