export type { Dtype, TensorData } from "./dtypes.ts";
export { CheckpointError } from "./error.ts";
export { loadParameters } from "./load.ts";
export { type Checkpoint, type CheckpointTensor, type Expected, decodeSafetensors, readSafetensors } from "./read.ts";
export { type WritableTensor, encodeSafetensors, writeSafetensors } from "./write.ts";
