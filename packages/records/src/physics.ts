import { findGpu, gpus } from "@epochmark/catalog";
import type { Case, CatalogGpu, RunFile } from "@epochmark/schema";

/** Boards clock a little over the figure that is printed on the box. */
const allowance = 1.05;
/** Winograd's F(2×2, 3×3) needs 4 multiplications in place of 9. */
const winogradSaving = 2.25;
/** No product of matrices keeps more of the peak than this; beyond it convolutions must have saved more. */
const bestProduct = 0.9;
/** A device that nobody knows is taken to be no more than so many times faster than all that are known. */
const tomorrow = 2;
/** Two multiply-adds a clock on 512-bit registers at 6.2 GHz: more than any core computes in fp32 (TFLOP/s). */
const coreTflops = 0.4;
/** Apple's cores share a matrix unit of a rate of its own (TFLOP/s). */
const sharedUnitTflops = 4;
/** Mean power over a window that no board keeps up, in multiples of its limit. */
const mostPower = 1.5;

/** What the physics of its device says of a case. */
export interface Physics {
  /** Why no honest run can have been so fast; null where one can. */
  impossible: string | null;
  /** Rates that caches, larger Winograd tiles or sums in half precision explain, and little else. */
  odd: string[];
}

/**
 * A case held against the peak rate of its device in the arithmetic of its precision, ± 5 %: of a GPU in the catalogue
 * its own, of a CPU that of its threads, of an unknown device or arithmetic twice the fastest one's that is known. 3×3
 * convolutions with stride 1 count 1/2.25, what Winograd's smallest tiles make of them: published figures need that.
 * Where their share was not counted, all of the step may be such convolutions.
 */
export const physicsOf = (
  { cost, summary, precision, workload, engine, launches }: Case,
  { gpu: { id, kind, name }, host }: Pick<RunFile, "gpu" | "host">,
): Physics => {
  const gpu = findGpu(id);
  const physics: Physics = { impossible: null, odd: oddPower(launches, gpu) };
  if (!cost || !summary) return physics;
  // Medians and wall times are both written by the run: the faster of the two is what it claims.
  const stepS = Math.min(summary.stepMs.median / 1000, workload.batch / summary.imagesPerSecond.median);
  const flops = Math.min(cost.flops, cost.flopsExecuted);
  const winograd = Math.min(flops, cost.winogradFlops ?? flops);
  const rate = (flops - winograd + winograd / winogradSaving) / stepS / 1e12;
  const bound =
    kind === "cpu" || kind === "software"
      ? cpuPeak(engine.threads ?? host.cpu.threads, host.arch, name)
      : ((gpu && gpuPeak(gpu, precision)) ?? unknownPeak(precision));
  if (rate > allowance * bound.most)
    physics.impossible = `${tera(rate)} TFLOP/s in ${precision} are more than the ${tera(bound.most)} TFLOP/s of ${bound.of}`;
  else if (rate > allowance * bound.usual)
    physics.odd.push(`only sums in half precision explain ${tera(rate)} TFLOP/s`);
  else if (winograd > 0 && rate > bestProduct * bound.usual)
    physics.odd.push(`only larger Winograd tiles than 2×2 explain ${tera(flops / stepS / 1e12)} TFLOP/s`);
  const bandwidth = gpu?.bandwidthGBs?.value ?? null;
  const bytesRate = (cost.compulsoryBytes ?? 0) / stepS / 1e9;
  if (bandwidth !== null && bytesRate > allowance * bandwidth)
    physics.odd.push(`${bytesRate.toFixed(0)} GB/s of state and inputs are more than the memory's ${bandwidth} GB/s`);
  return physics;
};

/** Rates in TFLOP/s: what the device reaches at most, and what it does in the usual way of computing. */
interface Peak {
  most: number;
  usual: number;
  of: string;
}

/** GeForce cards run their matrix units twice as fast where sums are kept in half precision; others do not. */
const fastHalfSums = /^geforce-rtx-/;

/** What a GPU computes in each precision at most (TFLOP/s), on whichever of its units is fastest; undefined where nobody says. */
const peaks = {
  fp32: ({ fp32Tflops }) => [fp32Tflops],
  // A card without TF32 computes in fp32.
  tf32: ({ fp32Tflops, tf32Tflops }) => [fp32Tflops, tf32Tflops],
  fp16: ({ fp32Tflops, fp16Tflops, tensorTflops }) => [fp32Tflops, fp16Tflops, tensorTflops],
} satisfies Record<Case["precision"], (gpu: CatalogGpu) => CatalogGpu["fp32Tflops"][]>;

const gpuPeak = (gpu: CatalogGpu, precision: Case["precision"]): Peak | undefined => {
  const usual = Math.max(...peaks[precision](gpu).map((rate) => rate?.value ?? 0));
  if (usual === 0) return undefined;
  const most = precision === "fp16" && fastHalfSums.test(gpu.id) ? 2 * usual : usual;
  return { most, usual, of: `the ${gpu.name}` };
};

const unknownPeak = (precision: Case["precision"]): Peak => {
  const most = tomorrow * Math.max(...gpus.map((gpu) => gpuPeak(gpu, precision)?.usual ?? 0));
  return { most, usual: most, of: "any device" };
};

const cpuPeak = (threads: number, arch: string, name: string): Peak => {
  const cores = threads * coreTflops;
  const most = arch === "arm64" && name.startsWith("Apple") ? Math.max(cores, sharedUnitTflops) : cores;
  return { most, usual: most, of: `${threads} threads of a processor` };
};

const oddPower = (launches: Case["launches"], gpu: CatalogGpu | undefined): string[] => {
  const limit = gpu?.tdpW?.value;
  if (limit === undefined) return [];
  const watts = launches.flatMap(({ conditions: { power }, wallMs }) =>
    power.known && wallMs > 0 ? [power.energyJ / (wallMs / 1000)] : [],
  );
  const most = Math.max(0, ...watts);
  return most > mostPower * limit ? [`${most.toFixed(0)} W on average are far more than the board's ${limit} W`] : [];
};

const tera = (rate: number): string => rate.toPrecision(3);
