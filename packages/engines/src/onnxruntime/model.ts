import { type Arrays, type OnnxModel, type OnnxOptions, type Program, writeOnnx } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import * as ort from "onnxruntime-node";
import { FirstRunProfile } from "./placement.ts";

export type Data = Arrays[string];
/** An execution provider of onnxruntime, by its name there, with its options. */
export type Provider = ort.InferenceSession.ExecutionProviderConfig;

/** A model that some interface of onnxruntime has loaded. */
export interface Loaded {
  endProfiling(): void;
  release(): Promise<void>;
}

/** A program as onnxruntime has loaded it. */
export interface OpenModel<L extends Loaded = ort.InferenceSession> {
  session: L;
  names: OnnxModel["names"];
  /** None where the first run is not to be profiled. */
  profile: FirstRunProfile | undefined;
  provider: Provider;
}

interface WriteOptions {
  provider: Provider;
  state: Arrays;
  profile?: boolean;
}

interface OpenOptions extends WriteOptions {
  threads: number;
  /** Where results lie after a run, by their names in the model. Default: on the host. */
  locations?: (names: OnnxModel["names"]) => Record<string, "cpu" | "gpu-buffer">;
}

/** Writes the program as ONNX and has it loaded. @throws what `load` throws */
export async function loadWritten<L extends Loaded>(
  program: Program,
  { provider, state, profile: profiled = true }: WriteOptions,
  load: (
    model: OnnxModel,
    options: { optimize: boolean; profile: FirstRunProfile["options"] | undefined },
  ) => Promise<L>,
): Promise<OpenModel<L>> {
  const frozen = Object.fromEntries(program.frozen.map(({ name }) => [name, state[name] as Data]));
  const onnx = writeOnnx(program.graph, program.name, { frozen, kernels: kernelsOf(provider) });
  const profile = profiled ? new FirstRunProfile() : undefined;
  try {
    const session = await load(onnx, { optimize: rewritesPay(program, provider), profile: profile?.options });
    return { session, names: onnx.names, profile, provider };
  } catch (error) {
    profile?.discard();
    throw error;
  }
}

/** Loads a program through onnxruntime's Node interface, on one provider. @throws onnxruntime's own error */
export async function openModel(program: Program, options: OpenOptions): Promise<OpenModel> {
  const { provider, threads, locations } = options;
  return loadWritten(program, options, ({ bytes, externalData, names }, { optimize, profile }) =>
    ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: optimize ? "all" : "disabled",
      // The pattern is one block for the whole step beside the arena that the first step filled: memory twice, no time won.
      enableMemPattern: false,
      // That a node is not on the device is told by the placement, not by a warning.
      logSeverityLevel: 3,
      externalData,
      ...(locations ? { preferredOutputLocation: locations(names) } : {}),
      ...(isWebGpu(provider) ? { extra: { optimization: { disable_specified_optimizers: splitFusion } } } : {}),
      ...profile,
    }),
  );
}

/**
 * Whether onnxruntime's own rewriting wins time. On the CPU that is the blocked layout of convolutions whose filters are
 * constants. A training program's filters are not, and the compiler has done the rest: its thousands of nodes would be
 * looked through for seconds, for nothing. On CUDA steps took as long with it as without.
 */
const rewritesPay = (program: Program, provider: Provider): boolean =>
  !["cpu", "cuda"].includes(nameOf(provider)) || program.state.length === 0;

/** Makes one Split of Slices or Gathers that share a tensor. WebGPU splits no whole numbers: the node would fall to the CPU. */
const splitFusion = "GatherSliceToSplitFusion";

const nameOf = (provider: Provider): string => (typeof provider === "string" ? provider : provider.name);
const isWebGpu = (provider: Provider): boolean => nameOf(provider) === "webgpu";

/** Operators of onnxruntime's own domain (FusedMatMul) would fall to the CPU elsewhere. */
const kernelsOf = (provider: Provider): OnnxOptions["kernels"] => {
  const name = nameOf(provider);
  return name === "cpu" || name === "cuda" ? name : "plain";
};

export const tensor = ({ dtype, shape }: TensorSpec, data: Data): ort.Tensor =>
  new ort.Tensor(dtype as "float32", data as Float32Array, shape);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);
