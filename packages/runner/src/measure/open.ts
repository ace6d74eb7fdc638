import { compile, type Program, type Arrays } from "@epochmark/compiler";
import type { Engine, Session } from "@epochmark/engines";
import { initialState, makeStep, type Model } from "@epochmark/plugin-kit";
import type { Phase, Size } from "@epochmark/schema";
import type { Stage } from "../child/protocol.ts";

export interface OpenRequest {
  model: Model;
  phase: Phase;
  size: Size;
  batch: number;
  seed: number;
}

export interface Target {
  engine: Engine;
  device: string;
  threads: number;
}

/** The program of a phase with freshly drawn state. */
export function prepare(request: OpenRequest): { program: Program; state: Arrays } {
  const step = makeStep(request.model, request);
  return { program: compile(step), state: initialState(step.state, request.seed) };
}

/** From a model's source to a session that can run steps. @throws UnsupportedError where the device cannot */
export async function open(
  request: OpenRequest,
  { engine, device, threads }: Target,
  enter: (stage: Stage) => void = () => {},
): Promise<{ program: Program; session: Session }> {
  enter("compile");
  const { program, state } = prepare(request);
  enter("session");
  return { program, session: await engine.load(program, { device, threads, state }) };
}
