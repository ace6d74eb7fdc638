import { findGpu, gpus } from "@epochmark/catalog";
import type { CatalogGpu, Precision } from "@epochmark/schema";

/** What the planner knows of a GPU: peaks in FLOP/s and B/s, memory in MiB. */
export interface Device {
  id: string;
  name: string;
  /** With NVIDIA's compute capability: A100 and RTX 3090 are both Ampere and little alike. */
  architecture: string;
  vendor: string;
  memoryMiB: number;
  bandwidth: number;
  /** FLOP/s by precision; fp32 stands in where a precision has no faster unit. */
  peaks: Record<Precision, number>;
  /** Whether matrix units do the precision. */
  matrix: Record<Precision, boolean>;
  /** GPU-to-GPU bandwidth of each direction in B/s: links, else PCIe 3.0 ×16. */
  link: number;
  tdpW: number | null;
  launchUsd: number | null;
  year: number | null;
}

const pcie3 = 16e9;

/** @throws {PlannerError} when a figure that every prediction needs is not published */
export function deviceOf(gpu: CatalogGpu): Device {
  const { bandwidthGBs, fp32Tflops } = gpu;
  if (!bandwidthGBs || !fp32Tflops)
    throw new PlannerError(
      `${gpu.name}: its ${bandwidthGBs ? "FP32 rate" : "bandwidth"} is not published: give --gpu-spec`,
    );
  const fp32 = fp32Tflops.value * 1e12;
  const tensor = gpu.tensorTflops ? gpu.tensorTflops.value * 1e12 : null;
  const tf32 = gpu.tf32Tflops ? gpu.tf32Tflops.value * 1e12 : null;
  const half = gpu.fp16Tflops ? gpu.fp16Tflops.value * 1e12 : null;
  return {
    id: gpu.id,
    name: gpu.name,
    architecture: gpu.computeCapability ? `${gpu.architecture} ${gpu.computeCapability}` : gpu.architecture,
    vendor: gpu.vendor,
    memoryMiB: gpu.memoryGB.value * 1024,
    bandwidth: bandwidthGBs.value * 1e9,
    peaks: { fp32, tf32: tf32 ?? fp32, fp16: tensor ?? half ?? fp32 },
    matrix: { fp32: false, tf32: tf32 !== null, fp16: tensor !== null },
    link: gpu.linkGBs ? gpu.linkGBs.value * 1e9 : pcie3,
    tdpW: gpu.tdpW?.value ?? null,
    launchUsd: gpu.launchUsd?.value ?? null,
    year: gpu.year,
  };
}

/** The catalogue's GPU of that id. @throws {PlannerError} when there is none or its figures do not suffice */
export function deviceById(id: string): Device {
  const gpu = findGpu(id);
  if (!gpu) throw new PlannerError(`unknown GPU "${id}"`);
  return deviceOf(gpu);
}

/** Every desktop, workstation and server GPU whose figures suffice. */
export function deviceChoices(): Device[] {
  return gpus
    .filter(({ formFactor, bandwidthGBs, fp32Tflops }) => formFactor !== "laptop" && bandwidthGBs && fp32Tflops)
    .map(deviceOf);
}

/** Something that was asked of the planner cannot be answered; the message is one line for the person who asked. */
export class PlannerError extends Error {
  override name = "PlannerError";
}
