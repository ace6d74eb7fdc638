import type { HostTensor } from "@epochmark/plugin-kit";
import { cellsOf, type TrTrConfig } from "./config.ts";
import { type Inside, sinePositions } from "./position.ts";

/** The transformer's images. */
export type ImageName = "template" | "search";

/**
 * What `config.edges` tells of an image's edges, as inputs of a program: `Positions` [cells², dim], the codes in which only
 * cells inside count, and `Inside` [cells²], 1 for these, 0 for the others.
 */
export function edgesOf(config: TrTrConfig, image: ImageName, inside: Inside = () => true): Record<string, HostTensor> {
  if (config.edges === "none") return {};
  const cells = cellsOf(config[image]);
  const positions = sinePositions(cells, cells, config.dim, inside);
  const codes = { [`${image}Positions`]: { shape: [cells ** 2, config.dim], data: positions } };
  if (config.edges === "positions") return codes;
  const shown = Float32Array.from({ length: cells ** 2 }, (_, at) => +inside(Math.floor(at / cells), at % cells));
  return { ...codes, [`${image}Inside`]: { shape: [cells ** 2], data: shown } };
}
