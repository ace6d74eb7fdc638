import { readFileSync } from "node:fs";
import type { Arrays } from "@epochmark/compiler";
import type { Phase } from "@epochmark/schema";
import { z } from "zod";
import { at, l2, tensorError } from "../golden/compare.ts";

/** One output: its Euclidean length, and the numbers at some flat row-major positions. */
const Output = z.strictObject({ l2: z.number(), indices: z.array(z.int()), values: z.array(z.number()) });
/** The outputs of one step, by name. */
const Outputs = z.record(z.string(), Output);
type Outputs = z.infer<typeof Outputs>;

/** Outputs of the steps of the tiny network's check, by phase, as the eager reference engine computed them. */
export const ExpectedFile = z.strictObject({
  writtenBy: z.literal("pnpm checks"),
  phases: z.partialRecord(z.enum(["train", "infer", "online"]), z.array(Outputs)),
});
export type ExpectedFile = z.infer<typeof ExpectedFile>;

/** Numbers of an output that are kept, spread evenly. */
const kept = 64;

/** Where a plugin keeps what its model should compute: `checks/<model>.json` beside `src`. */
export const expectedFileOf = (pluginModule: string, model: string): URL =>
  new URL(`../checks/${model}.json`, pluginModule);

/** What is stored for a phase; null where the plugin ships nothing. @throws on a file that is none of ours */
export function readExpected(pluginModule: string, model: string, phase: Phase): Outputs[] | null {
  let text: string;
  try {
    text = readFileSync(expectedFileOf(pluginModule, model), "utf8");
  } catch {
    return null;
  }
  return ExpectedFile.parse(JSON.parse(text)).phases[phase] ?? null;
}

/** What is stored of the outputs of one step. */
export function sampleOf(outputs: Arrays): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, values]) => {
      const count = Math.min(kept, values.length);
      const indices = Array.from({ length: count }, (_, i) =>
        count === 1 ? 0 : Math.floor((i * (values.length - 1)) / (count - 1)),
      );
      const sampled = { indices, values: at(values, { l2: 0, indices }).map(rounded) };
      return [name, { l2: rounded(l2(values)), ...sampled }];
    }),
  );
}

/** Nine digits: all that a float32 has. */
const rounded = (value: number): number => Number(value.toPrecision(9));

/**
 * How much farther apart outputs may be once the optimizer has run: Adam divides a gradient by its own size, so that
 * where it is almost zero its rounding decides which way a parameter goes.
 */
const afterUpdates = 20;

/**
 * Largest relative L2 error over all outputs of all steps, those after the first update counted as a twentieth;
 * 1 or more where an output is missing.
 */
export function largestError(found: readonly Arrays[], expected: readonly Outputs[]): number {
  const errors = expected.flatMap((outputs, step) =>
    Object.entries(outputs).map(([name, reference]) => {
      const values = found[step]?.[name];
      if (!values) return 1;
      return tensorError(values, reference) / (step === 0 ? 1 : afterUpdates);
    }),
  );
  return Math.max(0, ...errors);
}
