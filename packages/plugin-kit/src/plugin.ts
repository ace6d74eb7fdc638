import type { Paper, Phase, Recipe, Size, TensorSpec } from "@epochmark/schema";
import type { Tensor } from "@tensorflow/tfjs";
import type { Photograph } from "./data/decode.ts";
import type { Random } from "./random.ts";
import type { Scope } from "./scope.ts";

export type Tensors = Record<string, Tensor>;
/** Host arrays by tensor name, row-major, in the shapes that the phase's inputs state. */
export type Arrays = Record<string, Float32Array | Int32Array | Uint32Array>;

/**
 * One phase of a built network: a pure function of tfjs ops over declared state. No data-dependent
 * control flow, so that one trace is the step. Images are NCHW, as in the official code.
 */
export interface PhaseFunction {
  /** The networks that the phase reads: prefixes of their state's names. Default: all state. */
  networks?: string[];
  /** Inputs for a batch of `batch` images. Small random draws, learning rate and step count are inputs too. */
  inputs(batch: number): TensorSpec[];
  /** Inference: named outputs. Train: named losses (scalars, first the total), state updated through `assign`. */
  run(inputs: Tensors): Tensors;
}

export type Network = { [phase in Phase]?: PhaseFunction };

/** What a golden file or an explicit workload asks to be built instead of the plain size. */
export interface BuildRequest {
  part?: string;
  overrides?: Record<string, unknown>;
  trainObjective?: string;
  /** Shapes of the inference inputs and of the training batch, as the request's names give them. */
  shapes?: Record<string, number[]>;
  optimizer?: Record<string, unknown>;
}

/**
 * What one step of a workload works on: images a step of the config as it stands, or images a step of what `build`
 * asks for (a smaller crop, say).
 */
export type Workload = number | { batch: number; build: BuildRequest };

export interface BatchRequest {
  phase: Phase;
  batch: number;
  random: Random;
  /** Optimizer step that the batch is for, from 1 (the default): sets `step` and the recipe's learning rate. */
  step?: number;
  /** `synthetic`: random pixels of the right distribution; `photographs`: crops of the shipped photographs. */
  source: "synthetic" | "photographs";
  /** Which photographs, for a plugin that makes its batches of any: so that some can be held back. Default: all shipped. */
  photographs?: readonly Photograph[];
}

/** A tensor outside any engine: `data` is row-major in `shape`. */
export interface HostTensor {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

/** What a photograph or video alone does not say, such as where to focus: numbers that a user may give, `--options <name>=0.5,0.5`. */
export interface PhotoOption {
  /** One line for the help text. */
  description: string;
  /** What the numbers are, for the help text: `x,y`. */
  hint: string;
  /** Taken where nothing is said; an option has as many numbers as its default. */
  default: readonly number[];
  /** Range of each number, both ends included. */
  range: readonly [number, number];
}

/** Numbers by option; what is left out takes its default. */
export type PhotoSettings = Record<string, readonly number[]>;

/** What `bench infer` makes of one photograph. */
export type PhotoTask<Config = unknown> = PhotoToPhotograph<Config> | PhotoToClasses<Config>;

interface PhotoInputs<Config> {
  /** By name in kebab-case. Absent: the photograph says all. */
  options?: Record<string, PhotoOption>;
  /**
   * All inputs of inference by name, batch 1, preprocessed as the paper does for evaluation: pixels are NCHW.
   * The network is built for their shapes, through `configure`.
   * @throws an error of one line for a photograph that the network cannot take, naming the limit
   */
  prepare(config: Config, photograph: Photograph, settings?: PhotoSettings): Promise<Record<string, HostTensor>>;
}

interface PhotoToPhotograph<Config> extends PhotoInputs<Config> {
  gives: "photograph";
  /** The picture that the outputs of inference hold; padding that `prepare` added is cut off. */
  present(outputs: Record<string, HostTensor>, photograph: Photograph): Photograph;
}

interface PhotoToClasses<Config> extends PhotoInputs<Config> {
  gives: "classes";
  /** Name of each class, in the order of the network's outputs. */
  classNames?: readonly string[];
  /** The probability of each class, in the order of the network's outputs. */
  present(outputs: Record<string, HostTensor>): Float32Array;
}

/** What `bench infer` makes of a folder of frames: where a thing that is marked in the first is in the others. */
export interface VideoTask<Config = unknown> {
  gives: "boxes";
  /** By name in kebab-case. */
  options?: Record<string, PhotoOption>;
  /** @param run runs the model's programs; what happens outside it is timed apart */
  track(config: Config, run: RunProgram, settings: PhotoSettings): Tracker;
}

/** Follows one thing through frames, given in order. */
export interface Tracker {
  /** @throws an error of one line for a box that cannot be followed */
  start(frame: Photograph, box: Box): Promise<void>;
  next(frame: Photograph): Promise<TrackedBox>;
}

/** In pixels of the frame: the upper left corner (the first pixel's is 0), width and height. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface TrackedBox extends Box {
  /** How sure the tracker is, 0 to 1. */
  score: number;
}

/**
 * Runs one program of the model, built for the shapes of `inputs`, and resolves to its outputs. Programs are built once;
 * state that one changes stays as it left it. @param state where the program's state starts, at its first run
 */
export type RunProgram = (
  request: { phase: Phase; part?: string },
  inputs: Record<string, HostTensor>,
  state?: Arrays,
) => Promise<Record<string, HostTensor>>;

/**
 * How a model trains on a folder of files, as the paper lays out and augments its data set. A sample is plain data
 * (names of files, a label); it is read in a worker thread.
 */
export interface TrainingData<Config = unknown, Sample = unknown, Item = unknown> {
  /** What the folder should hold, in one line, as `bench train` says where it does not. */
  layout: string;
  /**
   * Every sample of the folder, in an order that follows from the names alone.
   * @throws an error of one line that says what was expected where
   */
  find(folder: string): Promise<Sample[]>;
  /** One sample decoded, cropped and augmented. @throws ImageError where a picture cannot be used: the sample is skipped */
  read(config: Config, sample: Sample, random: Random): Promise<Item>;
  /** All inputs of the train step for a batch of items. */
  assemble(config: Config, items: Item[], request: { random: Random; step: number }): Arrays;
}

/** How a training changes on its way. */
export interface TrainingStages {
  /** Before the model's own step: so many of the recipe's epochs with a step that is built with these overrides. */
  first: readonly { epochs: number; overrides: Record<string, unknown> }[];
  /** Names of state that starts anew at each change, such as an optimizer's memory; all else goes on. */
  restarts: RegExp;
}

export interface Model<Config = unknown> {
  /** kebab-case; looked up case-insensitively with `_` as `-`, so official names find it. */
  id: string;
  title: string;
  configs: Record<Size, Config>;
  /** Declares the state under official names and returns the phases. */
  build(scope: Scope, config: Config): Network;
  /** The config for a request; throws an error that names what it cannot build. */
  configure(config: Config, request: BuildRequest): Config;
  /** Host arrays for one step, all inputs of the phase; deterministic in `random`. */
  makeBatch(config: Config, request: BatchRequest): Promise<Arrays>;
  /** Turns the training batch of a golden file (official names) into this model's train inputs, randomness off. */
  goldenBatch(config: Config, batch: Arrays, learningRate: number, step: number): Arrays;
  /** By phase: `small` takes two CPU cores a second or two a step, `paper` is the paper's crop and per-GPU batch. */
  workloads: Record<"small" | "paper", { [phase in Phase]?: Workload }>;
  recipe: Recipe | null;
  /** Where the official checkpoint is not just this model's state: it lacks some (which keep their initial values), or holds other networks beside. */
  checkpoint?: { lacks?: RegExp; others?: RegExp };
  /** Absent: one step from the first update to the last. */
  stages?: TrainingStages;
  /** How `bench train --data` reads a data set; absent: it trains on the shipped photographs only. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a model's samples and items are its own affair
  data?: TrainingData<Config, any, any>;
  /** How inference takes a photograph; absent where one photograph is not what the model works on. */
  photo?: PhotoTask<Config>;
  /** How inference follows a thing through frames; absent where the model does not. */
  video?: VideoTask<Config>;
}

export interface Plugin {
  id: string;
  title: string;
  version: string;
  papers: Paper[];
  /** The model of the family that a plain `bench` runs. */
  defaultModel: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- models of one plugin differ in their config
  models: Model<any>[];
}

/** What a plugin folder's `src/index.ts` exports as default. @throws on an id that breaks the contract */
export function definePlugin(plugin: Plugin): Plugin {
  const ids = plugin.models.map((model) => model.id);
  for (const id of [plugin.id, ...ids])
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) throw new Error(`plugin ${plugin.id}: id "${id}" is not kebab-case`);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw new Error(`plugin ${plugin.id}: model "${twice}" is defined twice`);
  if (!ids.includes(plugin.defaultModel))
    throw new Error(`plugin ${plugin.id}: default model "${plugin.defaultModel}" is none of ${ids.join(", ")}`);
  return plugin;
}

/** Keeps a model's config type while the plugin's list forgets it. */
export function defineModel<Config>(model: Model<Config>): Model<Config> {
  return model;
}
