import type { TensorSpec } from "@epochmark/schema";
import { keep, type Tensor } from "@tensorflow/tfjs";
import { LossScaling } from "./loss-scaling.ts";
import type { Initializer } from "./nn/initializers.ts";

/**
 * One tensor of a model's state. `parameter`: learned, in the official checkpoint; `buffer`: in the
 * checkpoint but not learned (running statistics); `slot`: what training remembers beside the checkpoint.
 */
export interface StateSpec extends TensorSpec {
  kind: "parameter" | "buffer" | "slot";
  trainable: boolean;
  initializer: Initializer;
}

/** A declared state tensor. Its shape is the official checkpoint's (PyTorch layout). */
export class State {
  readonly spec: StateSpec;
  #value: Tensor | undefined;
  #assigned = false;

  constructor(spec: StateSpec) {
    this.spec = spec;
  }

  /** The current value inside a running step. @throws outside a step */
  get value(): Tensor {
    if (!this.#value) throw new Error(`${this.spec.name} has no value: read it inside inference or trainStep only`);
    return this.#value;
  }

  get assigned(): boolean {
    return this.#assigned;
  }

  /** Replaces the value: what the next step starts from. @throws if the shape differs */
  assign(next: Tensor): void {
    const { name, shape } = this.spec;
    if (next.shape.join() !== shape.join())
      throw new Error(`${name}: cannot assign [${next.shape.join()}] to [${shape.join()}]`);
    this.#value = next;
    this.#assigned = true;
  }

  /** Called by the step function at the start and at the end of a step. */
  bind(value: Tensor | undefined): void {
    this.#value = value;
    this.#assigned = false;
  }
}

/** How a checkpoint writes names, where not as PyTorch does. */
interface Naming {
  /** Between a module and what is in it. */
  separator: string;
  /** What the layers here call a tensor, and what the checkpoint calls it. */
  names: Record<string, string>;
}

const pytorch: Naming = { separator: ".", names: {} };

/** Where a network declares its state. `scope.at("blocks.0")` prefixes names, as modules do in PyTorch. */
export class Scope {
  readonly #prefix: string;
  readonly #states: Map<string, State>;
  readonly #taps: Map<string, Tensor> | undefined;
  readonly #naming: Naming;
  #lossScaling: LossScaling | undefined;

  /** @param taps receives what `tap` shows; without it taps cost nothing */
  constructor(
    prefix = "",
    states = new Map<string, State>(),
    taps?: Map<string, Tensor>,
    naming = pytorch,
    lossScaling?: LossScaling,
  ) {
    this.#lossScaling = lossScaling;
    this.#prefix = prefix;
    this.#states = states;
    this.#taps = taps;
    this.#naming = naming;
  }

  at(name: string | number): Scope {
    return new Scope(
      `${this.#prefix}${name}${this.#naming.separator}`,
      this.#states,
      this.#taps,
      this.#naming,
      this.#lossScaling,
    );
  }

  /** The same place, in which names are written in another way; so they are in all that lies below it. */
  named(naming: Partial<Naming>): Scope {
    return new Scope(this.#prefix, this.#states, this.#taps, { ...this.#naming, ...naming }, this.#lossScaling);
  }

  /** A learned tensor. @throws if the name is taken */
  parameter(name: string, shape: number[], initializer: Initializer, options: { trainable?: boolean } = {}): State {
    return this.#declare({
      name,
      shape,
      dtype: "float32",
      kind: "parameter",
      trainable: options.trainable ?? true,
      initializer,
    });
  }

  /** A tensor of the checkpoint that no optimizer touches, such as running statistics. */
  buffer(name: string, shape: number[], initializer: Initializer): State {
    return this.#declare({ name, shape, dtype: "float32", kind: "buffer", trainable: false, initializer });
  }

  /** An optimizer's memory; `of` names the parameter it belongs to. */
  slot(name: string, of: State, initializer: Initializer): State {
    return this.#declare({
      name: `${name}/${of.spec.name}`,
      shape: of.spec.shape,
      dtype: "float32",
      kind: "slot",
      trainable: false,
      initializer,
    });
  }

  /** What the train step remembers beside any parameter, such as a GAN's last scores: in no checkpoint, not read by inference. */
  memory(name: string, shape: number[], initializer: Initializer): State {
    return this.#declare({ name, shape, dtype: "float32", kind: "slot", trainable: false, initializer });
  }

  /** How losses are scaled while they are differentiated; undefined where they are not. */
  get lossScaling(): LossScaling | undefined {
    return this.#lossScaling;
  }

  /** From here on losses are scaled, at first by this power of two; of scopes made before, only this one knows. */
  scaleLosses(factor: number): LossScaling {
    const start = this.memory("loss_scale", [], () => Float32Array.of(factor));
    this.#lossScaling = new LossScaling(
      start,
      this.memory("loss_scale_steps", [], () => Float32Array.of(0)),
    );
    return this.#lossScaling;
  }

  /** All declared state in order of declaration. */
  states(): State[] {
    return [...this.#states.values()];
  }

  /** The trainable parameters whose name starts with this scope's prefix. */
  trainable(): State[] {
    return this.states().filter((state) => state.spec.trainable && state.spec.name.startsWith(this.#prefix));
  }

  /** Whether anyone looks at taps: what is computed for them alone can be left out. */
  get tapping(): boolean {
    return this.#taps !== undefined;
  }

  /** Shows an inner value (a gradient, a layer's output) to golden checks; the first tap of a name counts. */
  tap(name: string, value: Tensor): void {
    // Kept, because a value inside a differentiated function would be gone when that function returns.
    if (this.#taps && !this.#taps.has(name)) this.#taps.set(name, keep(value));
  }

  #declare(spec: StateSpec): State {
    const name = this.#prefix + (this.#naming.names[spec.name] ?? spec.name);
    if (this.#states.has(name)) throw new Error(`${name} is declared twice`);
    const state = new State({ ...spec, name });
    this.#states.set(name, state);
    return state;
  }
}
