import type { Graph } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { fuseBias } from "./fuse-bias.ts";
import { fuseGelu } from "./fuse-gelu.ts";
import { fuseLayerNormalization } from "./fuse-layer-normalization.ts";
import { fuseScale } from "./fuse-scale.ts";
import { joinFilterGradients } from "./join-filter-gradients.ts";
import { lowerConvolutionGradients } from "./lower-convolution-gradients.ts";
import { maskByResult } from "./mask-by-result.ts";
import { matchRanks } from "./match-ranks.ts";
import { mergeEqualNodes } from "./merge-equal-nodes.ts";
import { orderNodes } from "./order-nodes.ts";
import { simplify } from "./simplify.ts";
import { sinkTransposes } from "./sink-transposes.ts";

/** The rewrites in the order in which they run. */
export const passes: readonly [name: string, pass: (graph: Graph) => Graph][] = [
  ["drop dead nodes", dropDeadNodes],
  ["simplify", simplify],
  ["merge equal nodes", mergeEqualNodes],
  ["sink transposes", sinkTransposes],
  ["simplify", simplify],
  ["merge equal nodes", mergeEqualNodes],
  ["drop dead nodes", dropDeadNodes],
  ["mask by result", maskByResult],
  ["join filter gradients", joinFilterGradients],
  ["lower convolution gradients", lowerConvolutionGradients],
  ["simplify", simplify],
  ["merge equal nodes", mergeEqualNodes],
  ["drop dead nodes", dropDeadNodes],
  ["fuse layer normalization", fuseLayerNormalization],
  ["fuse gelu", fuseGelu],
  ["fuse scale", fuseScale],
  ["fuse bias", fuseBias],
  ["match ranks", matchRanks],
  ["drop dead nodes", dropDeadNodes],
  ["order nodes", orderNodes],
];

/**
 * Runs every pass over a logical graph, verified before the first and after each; `skip` names passes to leave out.
 * @throws VerifyError
 */
export function optimize(logical: Graph, skip: readonly string[] = []): Graph {
  verify(logical, "tracing");
  let graph = logical;
  for (const [name, pass] of passes) {
    if (skip.includes(name)) continue;
    graph = pass(graph);
    verify(graph, name);
  }
  return graph;
}
