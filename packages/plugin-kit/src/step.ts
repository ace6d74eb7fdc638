import type { Phase, Size, TensorSpec } from "@epochmark/schema";
import { type Tensor, engine } from "@tensorflow/tfjs";
import type { Arrays, BuildRequest, Model, Tensors } from "./plugin.ts";
import { Random } from "./random.ts";
import { Scope, type State, type StateSpec } from "./scope.ts";

/** A phase as a pure function: `(state, inputs) -> (state, outputs)`. What compilers and engines take. */
export interface Step {
  name: string;
  phase: Phase;
  state: StateSpec[];
  inputs: TensorSpec[];
  /** `state` in the result holds only the tensors that the step replaced. */
  apply(state: Tensors, inputs: Tensors): { state: Tensors; outputs: Tensors };
}

export interface StepRequest extends BuildRequest {
  phase: Phase;
  size: Size;
  batch: number;
  /** Adds every tapped value (gradients, layer outputs) to the outputs, under its tap name. */
  taps?: boolean;
  /** Factor on losses while they are differentiated, at first: a power of two. Default: none, as single precision needs. */
  lossScale?: number;
}

/** What a step needs of a model. */
export type Buildable<Config> = Pick<Model<Config>, "id" | "configs" | "build" | "configure">;

/** Builds `model` and wraps one of its phases. @throws when the model lacks the phase */
export function makeStep<Config>(model: Buildable<Config>, request: StepRequest): Step {
  const taps = new Map<string, Tensor>();
  const scope = new Scope("", new Map(), request.taps ? taps : undefined);
  const scaling = request.lossScale === undefined ? undefined : scope.scaleLosses(request.lossScale);
  const network = model.build(scope, configFor(model, request));
  const phase = network[request.phase];
  if (!phase)
    throw new Error(`${model.id} has no phase "${request.phase}" (it has ${Object.keys(network).join(", ")})`);
  const { networks } = phase;
  const reads = ({ spec }: State) => !networks || networks.some((prefix) => ownName(spec).startsWith(`${prefix}.`));
  const states = scope.states().filter((state) => scaling?.states.includes(state) || reads(state));
  // Inference reads parameters and buffers only: optimizer slots belong to training.
  const used = request.phase === "infer" ? states.filter((state) => state.spec.kind !== "slot") : states;
  return {
    name: `${model.id} ${request.phase}`,
    phase: request.phase,
    state: used.map((state) => state.spec),
    inputs: phase.inputs(request.batch),
    apply(values, inputs) {
      for (const state of used) state.bind(required(values, state.spec.name));
      try {
        const outputs = phase.run(inputs);
        const assigned = used.filter((state) => state.assigned).map((state) => [state.spec.name, state.value] as const);
        const next = Object.fromEntries(assigned);
        return { state: scaling?.settle(values, next) ?? next, outputs: { ...outputs, ...Object.fromEntries(taps) } };
      } finally {
        taps.clear();
        scaling?.clear();
        for (const state of used) state.bind(undefined);
      }
    },
  };
}

/** The config that a request builds: the size's own, changed by what the request asks. */
export function configFor<Config>(
  model: Buildable<Config>,
  request: StepRequest | (BuildRequest & { size: Size }),
): Config {
  return model.configure(model.configs[request.size], request);
}

/** Fresh initial values of all state, from the model's own initializers; a parameter's draws depend on its name only. */
export function initialState(state: StateSpec[], seed: number): Arrays {
  return Object.fromEntries(
    state.map((spec) => [spec.name, spec.initializer(spec.shape, new Random(seed, spec.name))]),
  );
}

/** The same tensor with nothing behind it: gradients stop here. */
export function detach<T extends Tensor>(x: T): T {
  const twin = engine().makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
  // A second owner of the same data: either tensor may be disposed first.
  engine().backend.incRef(x.dataId);
  return twin as T;
}

/** A slot is its parameter's: `first/generator.weight` belongs to the generator. */
function ownName({ kind, name }: StateSpec): string {
  return kind === "slot" ? name.slice(name.indexOf("/") + 1) : name;
}

function required(values: Tensors, name: string): Tensor {
  const value = values[name];
  if (!value) throw new Error(`state "${name}" is missing`);
  return value;
}
