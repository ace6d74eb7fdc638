import { defineModel, type Model, type Recipe } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configureDeepViT, type DeepViTConfig } from "./deepvit-config.ts";
import { imageFolders } from "./dataset.ts";
import { deepvit } from "./deepvit.ts";
import { classify, deepvit224, deepvit384 } from "./photo.ts";
import { constantRate } from "./recipes.ts";
import type { Schedule } from "./schedule.ts";

type Shape = Pick<DeepViTConfig, "dim" | "depth" | "stem" | "reAttentionScale" | "residualScale"> & {
  /** The last so many blocks re-attend. */
  reAttending: number;
};

/** What sets a network's training or input apart from the others'. */
type Changes = Partial<Pick<DeepViTConfig, "imageSize" | "mixing">> & { recipe?: Partial<Recipe> };

/** Family A of the repository: a plain patch embedding, every block re-attends. */
const plain = (depth: number): Shape => ({
  dim: 384,
  depth,
  stem: "patch",
  reAttending: depth,
  reAttentionScale: 1,
  residualScale: 1,
});
/** Family B: a convolutional stem, the last blocks re-attend, residual scale 0.5; only S scales its maps, by headDim^-0.5. */
const small: Shape = {
  dim: 396,
  depth: 16,
  stem: "cnn",
  reAttending: 5,
  reAttentionScale: "headDim^-0.5",
  residualScale: 0.5,
};
const large: Shape = { dim: 420, depth: 32, stem: "cnn", reAttending: 12, reAttentionScale: 1, residualScale: 0.5 };

/** 5e-4 whatever the batch, cosine to 1e-5 over 300 epochs, 10 more at the floor, warm-up of 5 epochs from 1e-6. */
const schedule: Schedule = {
  peak: 5e-4,
  floor: 1e-5,
  epochs: 300,
  stepsPerEpoch: 5004,
  warmupFrom: 1e-6,
  warmupEpochs: 5,
};

const recipe: Recipe = {
  dataset: "ImageNet-1k",
  samplesPerEpoch: 1_281_167,
  epochs: 310,
  batch: 256,
  steps: 1_551_240,
  gpus: { count: 8, name: "Tesla V100" },
  reportedHours: null,
  precision: "fp32",
  sources: [
    "github.com/zhoudaquan/dvit_repo, scripts/*.yaml and train.py (batch 32 a GPU, 300 + 10 cool-down epochs)",
    "T. Ishikawa's column on deep learning and GPUs: batch 256 on 8 Tesla V100",
  ],
  notes:
    "No training time is published. The repository also averages the weights over the steps and calibrates batch norm again before each validation; a step here does neither.",
};

/** The six networks of the official repository. Batches: train and infer that two CPU cores do in about a second. */
export const models: Model<DeepViTConfig>[] = [
  model("16b", "16B", plain(16), [4, 8]),
  model("24b", "24B", plain(24), [2, 4]),
  model("32b", "32B", plain(32), [2, 4], { mixing: { mixup: 0.1, cutmix: 0 }, recipe: { precision: "AMP" } }),
  model("s", "S", small, [4, 8]),
  model("l", "L", large, [2, 4]),
  model("l-384", "L 384", large, [1, 1], {
    imageSize: 384,
    recipe: { notes: `No recipe at 384 was found: that at 224 is applied here. ${recipe.notes}` },
  }),
];

function model(
  name: string,
  title: string,
  { reAttending, ...shape }: Shape,
  [train, infer]: [number, number],
  { recipe: recipeChanges, ...changes }: Changes = {},
): Model<DeepViTConfig> {
  const last = (depth: number, count: number) => Array.from({ length: count }, (_, i) => depth - count + i);
  const full: DeepViTConfig = {
    ...shape,
    imageSize: 224,
    patch: 16,
    heads: 12,
    stemWidth: 64,
    mlpRatio: 3,
    classes: 1000,
    normEpsilon: 1e-6,
    dropPath: 0.2,
    smoothing: 0.1,
    mixing: { mixup: 0.8, cutmix: 1 },
    reAttentionBlocks: last(shape.depth, reAttending),
    cosineRegulariser: null,
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05 },
    schedule,
    ...changes,
  };
  const depth = 3;
  const cut = {
    dim: 48,
    depth,
    heads: 3,
    stemWidth: 6,
    imageSize: 32,
    classes: 10,
    reAttentionBlocks: last(depth, reAttending === shape.depth ? depth : 2),
  };
  const evaluation = full.imageSize === 384 ? deepvit384 : deepvit224;
  return defineModel<DeepViTConfig>({
    id: `deepvit-${name}`,
    title: `DeepViT-${title}`,
    configs: { full, tiny: { ...full, ...cut, schedule: constantRate(3e-3) } },
    build: deepvit,
    configure: configureDeepViT,
    makeBatch,
    goldenBatch,
    workloads: { small: { train, infer }, paper: { train: 32, infer: 32 } },
    recipe: { ...recipe, ...recipeChanges },
    photo: classify(evaluation),
    data: imageFolders(evaluation),
  });
}
