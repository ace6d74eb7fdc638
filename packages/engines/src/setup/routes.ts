import type { DeviceKind, Vendor } from "@epochmark/schema";
import { covers, cudaBuilds } from "./builds.ts";

/** One way to compute on a card. */
export interface Route {
  engine: "onnxruntime" | "tfjs-node";
  device: "cuda" | "webgpu";
  /** The one command that makes it work; null where the package has all. */
  command: string | null;
  note: string;
}

interface Card {
  vendor: Vendor;
  kind: DeviceKind;
  /** Of NVIDIA's cards, e.g. `6.1`; null where unknown. */
  computeCapability: string | null;
}

const webgpu: Route = {
  engine: "onnxruntime",
  device: "webgpu",
  command: null,
  note: "any vendor, by the graphics driver",
};

const cuda13: Route = { engine: "onnxruntime", device: "cuda", command: "bench setup cuda", note: "CUDA 13" };

const cuda12: Route = {
  engine: "onnxruntime",
  device: "cuda",
  command: "bench setup cuda --cuda 12",
  note: "CUDA 12; whether this build has code for the card is not known before it is tried",
};

const tensorflow: Route = {
  engine: "tfjs-node",
  device: "cuda",
  command: "bench setup tfjs-node --gpu",
  note: "eager, libtensorflow with CUDA 12",
};

const oldTensorflow: Route = {
  engine: "tfjs-node",
  device: "cuda",
  command: "bench setup tfjs-node --gpu --from package",
  note: "eager, libtensorflow of 2022; CUDA 11.2 and cuDNN 8.1 must be installed already",
};

/** The ways to compute on a card with x86-64 Linux, the preferred one first: compiled before eager, CUDA before WebGPU. */
export function routesFor({ vendor, kind, computeCapability: capability }: Card): Route[] {
  if (vendor !== "nvidia" || kind !== "discrete" || capability === null) return [webgpu];
  if (covers(cudaBuilds.onnxruntime, capability))
    return [cuda13, webgpu, ...(covers(cudaBuilds.tensorflow, capability) ? [tensorflow] : [])];
  if (covers(cudaBuilds.tensorflow, capability)) return [webgpu, tensorflow, cuda12];
  return [webgpu, oldTensorflow, cuda12];
}
