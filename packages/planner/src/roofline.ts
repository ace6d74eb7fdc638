import {
  type CostProfile,
  linearAt,
  type Precision,
  type Software,
  type WorkGroup,
  type WorkKind,
} from "@epochmark/schema";
import type { Device } from "./device.ts";

/** What a step is run as. */
export interface Setting {
  /** Samples on one GPU. */
  batch: number;
  precision: Precision;
  software: Software;
  gpus: number;
  /** Whether attention runs as one kernel that never writes its maps out. */
  fusedAttention: boolean;
  /** Whether half-precision images lie channels last: frameworks keep channels first unless they are told. */
  channelsLast: boolean;
  phase: CostProfile["phase"];
}

/** Logarithms of the model's constants by name; what is absent is 0. All come from `fitted.json`. */
export type Parameters = Readonly<Record<string, number>>;

/** fp32 tensors are counted; half of their bytes where they are kept in half precision. */
const widthOf = (precision: Precision): number => (precision === "fp16" ? 0.5 : 1);

/** FLOPs a byte of the device for which the kinds' efficiencies are stated: a middling card of 2017 to 2022. */
const ratioOfReference = 50;

/** Most that a kind reaches of the unit's peak: Winograd's F(2×2, 3×3) counts 2.25 times what vector units multiply. */
const limitOf = (unit: "vector" | "matrix", kind: WorkKind): number =>
  unit === "vector" && kind === "conv3x3" ? 2.25 : 1;

/**
 * Seconds of one step: the sum over kernels of the slower of computing and moving bytes, each with the efficiency of its kind,
 * plus a fixed time a kernel; or the time to launch them all, when that is longer; plus the part of the gradients' all-reduce
 * that does not hide behind the backward pass.
 */
export function stepSeconds(profile: CostProfile, device: Device, setting: Setting, parameters: Parameters): number {
  const get = (name: string): number => Math.exp(parameters[name] ?? 0);
  const rates = ratesOf(device, setting, get);
  let busy = 0;
  let kernels = 0;
  for (const group of profile.work) {
    if (setting.fusedAttention && group.kind === "softmax") continue;
    busy += groupSeconds(group, setting, rates);
    kernels += group.count;
  }
  busy += kernels * get("tail");
  const launch = kernels * get(launchName(setting, parameters));
  const own = get(`gpu.${device.id}`) * softwareFactor(setting, get);
  const one = (busy ** 4 + launch ** 4) ** 0.25 * own;
  if (setting.gpus === 1) return one;
  const together = 1 + get("multi.sync") * Math.log2(setting.gpus);
  return one * together + exchange(profile, device, setting, get);
}

/** Time to launch a kernel: the software's own where figures gave one, else PyTorch's. */
function launchName({ software, phase }: Setting, parameters: Parameters): string {
  const of = (name: Software): string => `launch.${name}.${phase === "train" ? "train" : "infer"}`;
  return parameters[of(software)] === undefined ? of("pytorch") : of(software);
}

/**
 * What a software's steps take over another's, those of one precision and phase over its own others, and halves in channels
 * last over channels first: no source's offset.
 */
function softwareFactor({ software, precision, phase, channelsLast }: Setting, get: (name: string) => number): number {
  const layout = channelsLast && precision === "fp16" ? get(`layout.${software}.last`) : 1;
  const kind = `${precision}.${phase === "train" ? "train" : "infer"}`;
  return get(`software.${software}`) * get(`software.${software}.${kind}`) * layout;
}

interface Rates {
  /** FLOP/s by kind. */
  compute: Partial<Record<WorkKind, number>>;
  /** Bytes a second of convolutions and products, of attention maps, and of what else only moves bytes; fp32 bytes are counted. */
  heavy: number;
  softmax: () => number;
  light: number;
}

function ratesOf(device: Device, { precision }: Setting, get: (name: string) => number): Rates {
  const half = precision === "fp16";
  const bandwidth = device.bandwidth * get("memory") * get(`architecture.${device.architecture}.memory`);
  const unit = device.matrix[precision] ? "matrix" : "vector";
  const peak = device.peaks[precision];
  const ratio = peak / device.bandwidth / ratioOfReference;
  const common = peak * get(`architecture.${device.architecture}.${unit}`);
  const starved = ratio ** get(`${unit}.exponent`);
  const light = bandwidth / (widthOf(precision) * (half ? get("memory.half") : 1));
  return {
    // A unit that computes more than memory feeds it reaches a smaller share of its peak, and none reaches more than all.
    compute: lazily((kind) => (common * limitOf(unit, kind)) / (1 + get(`${unit}.${kind}`) * starved)),
    heavy: bandwidth / widthOf(precision),
    softmax: () => light / get("softmax"),
    light,
  };
}

/** Rates that are worked out when they are first asked for: constants of kinds that a model has no kernel of stay unread. */
function lazily(rate: (kind: WorkKind) => number): Partial<Record<WorkKind, number>> {
  const known: Partial<Record<WorkKind, number>> = {};
  return new Proxy(known, { get: (target, kind) => (target[kind as WorkKind] ??= rate(kind as WorkKind)) });
}

function groupSeconds(
  { kind, flops, read, written }: WorkGroup,
  { batch, fusedAttention }: Setting,
  rates: Rates,
): number {
  const bytes = Math.max(0, linearAt(read, batch) + linearAt(written, batch));
  if (kind === "memory") return bytes / rates.light;
  if (kind === "softmax") return bytes / rates.softmax();
  const moving = kind === "attention" && fusedAttention ? 0 : bytes / rates.heavy;
  return Math.max(linearAt(flops, batch) / rates.compute[kind]!, moving);
}

/** Seconds of a ring all-reduce of fp32 gradients that stay visible. */
function exchange(
  profile: CostProfile,
  device: Device,
  { gpus, phase }: Setting,
  get: (name: string) => number,
): number {
  if (phase !== "train") return 0;
  const bytes = (2 * (gpus - 1) * 4 * profile.trained) / gpus;
  return (bytes / device.link) * get("multi.exposed");
}

export const computeKinds = [
  "conv3x3",
  "conv",
  "pointwise",
  "depthwise",
  "gemm",
  "attention",
] as const satisfies readonly WorkKind[];
