import { findGpu } from "@epochmark/catalog";
import type { Case, CatalogGpu, GpuIdentity } from "@epochmark/schema";

/** Boards clock a little over the figure that is printed on the box. */
const allowance = 1.05;
/** Winograd's F(2×2, 3×3) needs 4 multiplications in place of 9. */
const winogradSaving = 2.25;
/** No product of matrices keeps more of the peak than this; beyond it convolutions must have saved more. */
const bestProduct = 0.9;

/** What the physics of its GPU says of a case. */
export interface Physics {
  /** Why no honest run can have been so fast; null where one can. */
  impossible: string | null;
  /** Rates that caches or larger Winograd tiles explain, and little else. */
  odd: string[];
}

/**
 * A case held against the peak rates of its GPU in the catalogue, ± 5 %. 3×3 convolutions with stride 1 count 1/2.25,
 * what Winograd's smallest tiles make of them: published figures need that. Where their share was not counted, all of
 * the step may be such convolutions. GPUs and arithmetics without a known peak, and CPUs, have no bound.
 */
export const physicsOf = ({ cost, summary, precision, workload }: Case, { id }: Pick<GpuIdentity, "id">): Physics => {
  const gpu = findGpu(id);
  const physics: Physics = { impossible: null, odd: [] };
  if (!gpu || !cost || !summary) return physics;
  // Medians and wall times are both written by the run: the faster of the two is what it claims.
  const stepS = Math.min(summary.stepMs.median / 1000, workload.batch / summary.imagesPerSecond.median);
  const flops = Math.min(cost.flops, cost.flopsExecuted);
  const winograd = Math.min(flops, cost.winogradFlops ?? flops);
  const rate = (flops - winograd + winograd / winogradSaving) / stepS / 1e12;
  const peak = peaks[precision](gpu);
  if (peak !== null && rate > allowance * peak)
    physics.impossible = `${tera(rate)} TFLOP/s in ${precision} are more than the ${tera(peak)} TFLOP/s of the ${gpu.name}`;
  else if (peak !== null && winograd > 0 && rate > bestProduct * peak)
    physics.odd.push(`only larger Winograd tiles than 2×2 explain ${tera(flops / stepS / 1e12)} TFLOP/s`);
  const bandwidth = gpu.bandwidthGBs?.value ?? null;
  const bytesRate = (cost.compulsoryBytes ?? 0) / stepS / 1e9;
  if (bandwidth !== null && bytesRate > allowance * bandwidth)
    physics.odd.push(`${bytesRate.toFixed(0)} GB/s of state and inputs are more than the memory's ${bandwidth} GB/s`);
  return physics;
};

/** Peak of each arithmetic in TFLOP/s; null where nobody published one. */
const peaks = {
  fp32: ({ fp32Tflops }) => fp32Tflops?.value ?? null,
  tf32: () => null,
  fp16: () => null,
} satisfies Record<Case["precision"], (gpu: CatalogGpu) => number | null>;

const tera = (rate: number): string => rate.toPrecision(3);
