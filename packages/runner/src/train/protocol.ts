import type { Arrays, BuildRequest } from "@epochmark/plugin-kit";
import type { Size } from "@epochmark/schema";

/** What a loader thread is told once. */
export interface LoaderSetup {
  /** `file:` address of the plugin's module. */
  module: string;
  model: string;
  size: Size;
  build: BuildRequest;
  seed: number;
}

/** One batch to make. */
export interface BatchJob {
  /** Optimizer step that it is for, from 1. */
  step: number;
  /** Step of the recipe that the training has come to: it sets the learning rate. */
  recipeStep: number;
  batch: number;
  /** For each image of the batch the samples that may fill its place, the first that can be read; null: shipped photographs. */
  places: unknown[][] | null;
}

/** A picture that could not be used. */
export interface Skipped {
  file: string;
  reason: string;
}

export type BatchAnswer =
  | { step: number; inputs: Arrays; skipped: Skipped[]; makingMs: number }
  | { step: number; error: { name: string; message: string } };
