import { defineModel, type Model, type Recipe } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configure, type ViTConfig } from "./config.ts";
import { imageFolders } from "./dataset.ts";
import { classify, deit } from "./photo.ts";
import { constantRate, recipes, scratchSchedule, tuningSchedule } from "./recipes.ts";
import { vit } from "./vit.ts";

type Widths = Pick<ViTConfig, "dim" | "depth" | "heads">;
type Batches = Model["workloads"];

const tiny: Widths = { dim: 192, depth: 12, heads: 3 };
const small: Widths = { dim: 384, depth: 12, heads: 6 };
const base: Widths = { dim: 768, depth: 12, heads: 12 };
const large: Widths = { dim: 1024, depth: 24, heads: 16 };

/** The eight networks: four sizes (ViT paper, table 1; DeiT paper, table 1) at two resolutions, patch 16. */
export const models: Model<ViTConfig>[] = [
  model("tiny", 224, tiny, recipes.tiny224, batches([16, 16], 256)),
  model("small", 224, small, recipes.small224, batches([2, 4], 256)),
  model("base", 224, base, recipes.base224, batches([1, 2], 64)),
  // No per-GPU batch is published for L: 64 and 12 fit a 24 GB card in timm's training benchmark (RTX 3090).
  model("large", 224, large, recipes.large224, batches([1, 1], 64)),
  model("tiny", 384, tiny, recipes.tiny384, batches([4, 8], 64)),
  model("small", 384, small, recipes.small384, batches([1, 4], 64)),
  model("base", 384, base, recipes.base384, batches([1, 1], 64)),
  model("large", 384, large, recipes.large384, batches([1, 1], 12)),
];

function model(name: string, side: 224 | 384, widths: Widths, recipe: Recipe, workloads: Batches): Model<ViTConfig> {
  const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: side === 224 ? 0.05 : 1e-8 };
  const full: ViTConfig = {
    ...widths,
    imageSize: side,
    patch: 16,
    mlpRatio: 4,
    classes: 1000,
    normEpsilon: 1e-6,
    dropPath: 0.1,
    smoothing: 0.1,
    mixing: { mixup: 0.8, cutmix: 1 },
    optimizer,
    schedule: side === 224 ? scratchSchedule : tuningSchedule,
  };
  const cut = { dim: 48, depth: 2, heads: 3, imageSize: side === 224 ? 32 : 48, classes: 10 };
  return defineModel<ViTConfig>({
    id: `vit-${name}-patch16-${side}`,
    title: `ViT-${{ tiny: "Ti", small: "S", base: "B", large: "L" }[name]}/16 ${side}`,
    configs: { full, tiny: { ...full, ...cut, schedule: constantRate(3e-3) } },
    build: vit,
    configure,
    makeBatch,
    goldenBatch,
    workloads,
    recipe,
    photo: classify(deit),
    data: imageFolders(deit),
  });
}

/** @param cpu batch of train and infer that two CPU cores do in about a second @param perGpu the recipe's batch on one GPU */
function batches([train, infer]: [number, number], perGpu: number): Batches {
  return { small: { train, infer }, paper: { train: perGpu, infer: perGpu } };
}
