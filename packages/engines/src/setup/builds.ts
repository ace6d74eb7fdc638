/** A build with CUDA kernels and the cards that it has code for, as read in its files. */
interface CudaBuild {
  /** Compute capabilities with machine code: it runs on the same major number from that minor one on. */
  sass: readonly string[];
  /** Lowest capability of the code that a driver compiles for any newer card; null where there is none. */
  ptx: string | null;
}

export const cudaBuilds = {
  /** onnxruntime-gpu 1.30.0 of the Python Package Index: CUDA 13. */
  onnxruntime: { sass: ["7.5", "8.0", "8.6", "8.9", "9.0", "12.0"], ptx: null },
  /** tensorflow 2.21.0: CUDA 12. */
  tensorflow: { sass: ["6.0", "7.0", "8.0", "8.9", "9.0"], ptx: "9.0" },
} satisfies Record<string, CudaBuild>;

/** Whether a build runs on a card of this compute capability, e.g. `6.1`. */
export function covers({ sass, ptx }: CudaBuild, capability: string): boolean {
  const [major, minor] = parts(capability);
  const machine = sass.map(parts).some(([ofMajor, ofMinor]) => ofMajor === major && ofMinor <= minor);
  return machine || (ptx !== null && Number(capability) >= Number(ptx));
}

function parts(capability: string): [major: number, minor: number] {
  const [major = 0, minor = 0] = capability.split(".").map(Number);
  return [major, minor];
}
