import { type Arrays, type Program, compile } from "@epochmark/compiler";
import type { Session } from "@epochmark/engines";
import { type HostTensor, initialState, type Model, type RunProgram } from "@epochmark/plugin-kit";
import { loadParameters } from "@epochmark/plugin-kit/checkpoints";
import { buildStep } from "../eval/build-step.ts";
import type { Target } from "../measure/open.ts";

/** Seed of random weights: the same picture every time. */
const seed = 0;

interface Loaded {
  program: Program;
  session: Session;
}

/** A model's programs, each compiled and loaded when its inputs first have these shapes. Dispose of it in the end. */
export class Programs {
  readonly #model: Model;
  readonly #target: Target;
  readonly #weights: string | null;
  readonly #loaded = new Map<string, Loaded>();
  #busyMs = 0;
  #loadingMs = 0;

  /** @param weights a safetensors file under official names; null: random weights */
  constructor(model: Model, target: Target, weights: string | null) {
    this.#model = model;
    this.#target = target;
    this.#weights = weights;
  }

  /** Milliseconds that programs ran, without compiling and loading them, since this was last asked. */
  takeBusyMs(): number {
    const busy = this.#busyMs;
    this.#busyMs = 0;
    return busy;
  }

  /** Milliseconds that programs were compiled and loaded since this was last asked. */
  takeLoadingMs(): number {
    const loading = this.#loadingMs;
    this.#loadingMs = 0;
    return loading;
  }

  /** @throws {UsageError | CheckpointError} in one line when the program cannot be built or the weights do not fit */
  readonly run: RunProgram = async (request, inputs, state = {}) => {
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, [...shape]]));
    const { program, session } = await this.#load(request, shapes, state);
    const arrays = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
    const start = performance.now();
    const outputs = await session.run(arrays);
    this.#busyMs += performance.now() - start;
    return Object.fromEntries(
      program.outputs.map(({ name, shape }) => [name, { shape, data: copied(outputs[name]!) }]),
    );
  };

  /** Ends all sessions and forgets them. */
  async dispose(): Promise<void> {
    const loaded = [...this.#loaded.values()];
    this.#loaded.clear();
    for (const { session } of loaded) await session.dispose();
  }

  async #load(request: Parameters<RunProgram>[0], shapes: Record<string, number[]>, given: Arrays): Promise<Loaded> {
    const key = JSON.stringify([request.phase, request.part, shapes]);
    const known = this.#loaded.get(key);
    if (known) return known;
    const start = performance.now();
    const batch = Object.values(shapes)[0]?.[0] ?? 1;
    const step = buildStep("inputs", this.#model, { ...request, size: "full", batch, shapes });
    const random = initialState(step.state, seed);
    // Only inference reads the checkpoint's tensors.
    const weights =
      this.#weights !== null && request.phase === "infer"
        ? { ...random, ...(await loadParameters(this.#weights, step.state, this.#model.checkpoint)) }
        : random;
    const program = compile(step);
    const { engine, device, threads } = this.#target;
    const session = await engine.load(program, { device, threads, state: { ...weights, ...given } });
    const loaded = { program, session };
    this.#loaded.set(key, loaded);
    this.#loadingMs += performance.now() - start;
    return loaded;
  }
}

/** Engines may use their buffers again. */
function copied(values: Arrays[string]): HostTensor["data"] {
  return values instanceof Float32Array ? values.slice() : Int32Array.from(values);
}
