import type { State } from "@epochmark/plugin-kit";
import { truncatedNormal, zeros } from "@epochmark/plugin-kit/nn";

/** timm's initialisation of every linear layer, which DeiT and DeepViT share. */
export const initial = { weightInitializer: truncatedNormal(0.02), biasInitializer: zeros };

/** timm decays matrices only: no biases, no norm scales, not the class token, not the position table. */
export function isDecayed({ spec }: State): boolean {
  return spec.shape.length > 1 && spec.name !== "cls_token" && spec.name !== "pos_embed";
}

export function tensor(name: string, shape: number[]) {
  return { name, shape, dtype: "float32" as const };
}
