import { type Arrays, compile } from "@epochmark/compiler";
import type { Engine, Session } from "@epochmark/engines";
import { initialState, type Model, type Step } from "@epochmark/plugin-kit";
import type { Size } from "@epochmark/schema";
import { buildStep } from "../eval/build-step.ts";
import type { StateParts } from "./checkpoint.ts";

/** A part of a training that runs one step: updates `from` + 1 to `to`. */
export interface Stage {
  from: number;
  to: number;
  /** What its step is built with besides the model's config. */
  overrides: Record<string, unknown>;
  step: Step;
  parts: StateParts;
}

export interface StagesRequest {
  size: Size;
  batch: number;
  /** Updates of the whole recipe: a stage's epochs are a share of them. */
  recipeSteps: number;
}

/** The stages of a model's training, one after the other; the last has no end. @throws UsageError when a step cannot be built */
export function stagesOf(name: string, model: Model, { size, batch, recipeSteps }: StagesRequest): Stage[] {
  const plain = buildStep(name, model, { phase: "infer", size, batch: 1 });
  const inference = new Set(plain.state.map(({ name: state }) => state));
  const make = (from: number, to: number, overrides: Record<string, unknown>): Stage => {
    const step = buildStep(name, model, { phase: "train", size, batch, overrides });
    const parts = {
      weights: step.state.filter(({ name: state }) => inference.has(state)),
      rest: step.state.filter(({ name: state }) => !inference.has(state)),
    };
    return { from, to, overrides, step, parts };
  };
  const { stages, recipe } = model;
  if (!stages || !recipe) return [make(0, Infinity, {})];
  let from = 0;
  const first = stages.first.map(({ epochs, overrides }) => {
    const to = from + Math.max(1, Math.round((epochs / recipe.epochs) * recipeSteps));
    const stage = make(from, to, overrides);
    from = to;
    return stage;
  });
  return [...first, make(from, Infinity, {})];
}

/** The stage whose step left the state after `done` updates: at a border the earlier one. */
export function stageAt(stages: readonly Stage[], done: number): number {
  return stages.findIndex(({ to }) => done <= to);
}

/** What a stage starts from: the state of the one before, but for what starts anew with it. */
function handedOver(model: Model, { step }: Stage, before: Arrays, seed: number): Arrays {
  const kept = Object.entries(before).filter(([name]) => !model.stages!.restarts.test(name));
  const known = new Set(step.state.map(({ name }) => name));
  return { ...initialState(step.state, seed), ...Object.fromEntries(kept.filter(([name]) => known.has(name))) };
}

interface Target {
  engine: Engine;
  device: string;
  threads: number;
  seed: number;
}

/** The session that a training runs on: another one, with the state handed over, where a stage ends. */
export class StagedSession {
  readonly #model: Model;
  readonly #stages: readonly Stage[];
  readonly #target: Target;
  #index: number;
  #session: Session;

  private constructor(model: Model, stages: readonly Stage[], target: Target, index: number, session: Session) {
    this.#model = model;
    this.#stages = stages;
    this.#target = target;
    this.#index = index;
    this.#session = session;
  }

  /** @param state of stage `index` */
  static async open(
    model: Model,
    stages: readonly Stage[],
    target: Target,
    index: number,
    state: Arrays,
  ): Promise<StagedSession> {
    return new StagedSession(model, stages, target, index, await load(target, stages[index]!, state));
  }

  get stage(): Stage {
    return this.#stages[this.#index]!;
  }

  /** Goes on to the next stage where this one ends after `done` updates. @returns whether it did */
  async advance(done: number): Promise<boolean> {
    if (done < this.stage.to) return false;
    const before = await this.#session.readState();
    await this.#session.dispose();
    this.#index++;
    const state = handedOver(this.#model, this.stage, before, this.#target.seed);
    this.#session = await load(this.#target, this.stage, state);
    return true;
  }

  run(inputs: Arrays): Promise<Arrays> {
    return this.#session.run(inputs);
  }

  readState(): Promise<Arrays> {
    return this.#session.readState();
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

function load({ engine, device, threads }: Target, { step }: Stage, state: Arrays): Promise<Session> {
  return engine.load(compile(step), { device, threads, state });
}
