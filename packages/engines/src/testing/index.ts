export { cudaDevices } from "../onnxruntime/cuda.ts";
export { webgpuDevices } from "../onnxruntime/webgpu.ts";
export { devices as tfjsNodeDevices } from "../tfjs-node/engine.ts";
export { useSoftwareGpu } from "./software-gpu.ts";
