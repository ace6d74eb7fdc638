import { basename, extname } from "node:path";
import type { Box, Model, PhotoSettings, TrackedBox } from "@epochmark/plugin-kit";
import type { TargetOptions } from "../eval/target.ts";

export interface InferOptions extends TargetOptions {
  model: string;
  /** Safetensors file under official names; without it the weights are random. */
  weights?: string;
  /** Photographs, or one folder of frames. */
  images: readonly string[];
  /** Folder for what is made; by default the current one for pictures, none for classes, one of its own for frames. */
  out?: string;
  /** What is followed, in the first frame. */
  box?: Box;
  /** Numbers for the task's own options. */
  settings?: PhotoSettings;
  /** Name of each class, instead of the model's own. */
  classNames?: readonly string[];
  /** Plugin folders beside the repository's own. */
  plugins?: readonly string[];
}

export interface InferReport {
  model: string;
  engine: string;
  device: string;
  /** null: random weights, so nothing here means anything. */
  weights: string | null;
  results: InferResult[];
}

export type InferResult = PictureResult | ClassesResult | BoxesResult;

interface Timing {
  /** Inside the network's program, in ms. */
  programMs: number;
  /** Everything else but reading, writing and compiling: crops, decoding of the outputs. */
  hostMs: number;
}

export interface PictureResult extends Timing {
  gives: "photograph";
  image: string;
  width: number;
  height: number;
  file: string;
}

export interface ClassesResult extends Timing {
  gives: "classes";
  image: string;
  /** The most probable classes, best first; name null where none is known. */
  top: { index: number; name: string | null; probability: number }[];
  file: string | null;
}

export interface BoxesResult {
  gives: "boxes";
  folder: string;
  file: string;
  /** The first is what was given, with score 1. */
  frames: ({ frame: string } & TrackedBox & Timing)[];
}

/** `street.jpg` and `.png` to `street-deblurgan.png`. */
export function fileNameFor(image: string, model: Model, extension: string): string {
  return `${basename(image, extname(image))}-${model.id}${extension}`;
}

export const rounded = (ms: number): number => Math.round(ms * 100) / 100;
