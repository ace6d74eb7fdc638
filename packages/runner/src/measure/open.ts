import type { Arrays, Program } from "@epochmark/compiler";
import type { Engine, Session } from "@epochmark/engines";
import { type BuildRequest, initialState, makeStep, type Model } from "@epochmark/plugin-kit";
import type { Phase, Precision, Size } from "@epochmark/schema";
import type { Stage } from "../child/protocol.ts";
import { collectGarbage } from "./garbage.ts";
import { programOf } from "./programs.ts";

export interface OpenRequest {
  model: Model;
  phase: Phase;
  size: Size;
  /** What differs from the size's own config. */
  build: BuildRequest;
  batch: number;
  seed: number;
  /** Default: fp32. */
  precision?: Precision;
}

/** Keeps gradients of half precision off zero, and those of these networks from overflow in the first steps; it adapts. */
const lossScale = 1024;

export interface Target {
  engine: Engine;
  device: string;
  threads: number;
  /** Whether the first step is profiled. Default: it is. */
  profile?: boolean;
}

/** The program of a phase with freshly drawn state. @param programs folder of the programs that this run has compiled */
export function prepare(request: OpenRequest, programs?: string): { program: Program; state: Arrays } {
  const { model, phase, size, batch, build, seed, precision = "fp32" } = request;
  const scaled = precision === "fp16" && phase !== "infer" ? { lossScale } : {};
  const asked = { ...build, ...scaled, phase, size, batch };
  const step = makeStep(model, asked);
  return { program: programOf(step, { ...asked, precision }, programs), state: initialState(step.state, seed) };
}

/** From a model's source to a session that can run steps. @throws UnsupportedError where the device cannot */
export async function open(
  request: OpenRequest,
  { engine, ...target }: Target,
  programs?: string,
  enter: (stage: Stage) => void = () => {},
): Promise<{ program: Program; session: Session }> {
  enter("compile");
  const { program, state } = prepare(request, programs);
  collectGarbage();
  enter("session");
  return { program, session: await engine.load(program, { ...target, state }) };
}
