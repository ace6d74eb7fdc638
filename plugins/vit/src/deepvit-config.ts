import type { BuildRequest } from "@epochmark/plugin-kit";
import { configure, type ViTConfig } from "./config.ts";

/** One DeepViT and how its authors train it. Names as in the golden files' `config`. */
export interface DeepViTConfig extends ViTConfig {
  /** `patch`: one convolution of the patch's size; `cnn`: three convolutions of overall stride 16. */
  stem: "patch" | "cnn";
  /** Channels of the convolutional stem. */
  stemWidth: number;
  /** Indices of the blocks whose attention maps are mixed. */
  reAttentionBlocks: number[];
  /** Factor on the mixed maps; the word follows the head dimension. */
  reAttentionScale: number | "headDim^-0.5";
  residualScale: number;
  /** Adds weight × the mean cosine between the maps of this many neighbouring blocks; null: off. */
  cosineRegulariser: { weight: number; pairs: number } | null;
}

/** The 32B configuration's regulariser: 0.1 × 1/12 over the first thirteen blocks. */
const cosineRegulariser = { weight: 0.1, pairs: 12 };

/** The config that `request` asks for. @throws naming what cannot be built */
export function configureDeepViT(config: DeepViTConfig, request: BuildRequest): DeepViTConfig {
  const { reAttentionBlocks, reAttentionScale, residualScale, stem, batchNorm, cosine, ...common } =
    request.overrides ?? {};
  if (stem !== undefined && stem !== config.stem)
    throw new Error(`this DeepViT has the stem "${config.stem}", not ${JSON.stringify(stem)}`);
  if (batchNorm !== undefined) checkBatchNorm(batchNorm);
  if (cosine !== undefined && typeof cosine !== "boolean")
    throw new Error(`cosine must be true or false, not ${JSON.stringify(cosine)}`);
  const base = configure(config, { ...request, overrides: common });
  const all = config.reAttentionBlocks.length === config.depth;
  const own = all ? Array.from({ length: base.depth }, (_, index) => index) : config.reAttentionBlocks;
  const asked: DeepViTConfig = {
    ...config,
    ...base,
    reAttentionBlocks:
      reAttentionBlocks === undefined
        ? own.filter((index) => index < base.depth)
        : indices(reAttentionBlocks, base.depth),
    reAttentionScale:
      reAttentionScale === undefined ? config.reAttentionScale : positive("reAttentionScale", reAttentionScale),
    residualScale: residualScale === undefined ? config.residualScale : positive("residualScale", residualScale),
    cosineRegulariser: cosine === undefined ? config.cosineRegulariser : cosine ? cosineRegulariser : null,
  };
  const { cosineRegulariser: regulariser, reAttentionBlocks: mixing } = asked;
  if (regulariser && mixing.length <= regulariser.pairs)
    throw new Error(
      `the cosine regulariser compares ${regulariser.pairs + 1} blocks, this DeepViT mixes maps in ${mixing.length}`,
    );
  return asked;
}

function indices(value: unknown, depth: number): number[] {
  const valid = Array.isArray(value) && value.every((index) => Number.isInteger(index) && index >= 0 && index < depth);
  if (!valid)
    throw new Error(`reAttentionBlocks must be a list of block indices below ${depth}, not ${JSON.stringify(value)}`);
  return value as number[];
}

function positive(name: string, value: unknown): number {
  if (typeof value !== "number" || !(value > 0))
    throw new Error(`${name} must be a number above 0, not ${JSON.stringify(value)}`);
  return value;
}

function checkBatchNorm(value: unknown): void {
  const { epsilon, momentum } = value as { epsilon?: number; momentum?: number };
  if (epsilon !== 1e-5 || momentum !== 0.1) throw new Error("a DeepViT's batch norm has epsilon 1e-5 and momentum 0.1");
}
