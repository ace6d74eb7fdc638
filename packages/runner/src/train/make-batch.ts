import { type Arrays, configFor, type Model, Random, type TrainingData } from "@epochmark/plugin-kit";
import type { BatchJob, LoaderSetup, Skipped } from "./protocol.ts";

/**
 * The inputs of one train step. They follow from the seed, the step and the files alone: it does not matter which
 * thread makes them, or whether the training was interrupted before.
 * @throws what cannot be helped by taking another sample
 */
export async function makeTrainingBatch(
  model: Model,
  { size, build, seed }: Pick<LoaderSetup, "size" | "build" | "seed">,
  { step, recipeStep, batch, places }: BatchJob,
): Promise<{ inputs: Arrays; skipped: Skipped[] }> {
  const config: unknown = configFor(model, { ...build, size });
  const random = new Random(seed, `step ${step}`);
  const skipped: Skipped[] = [];
  const inputs = places
    ? model.data!.assemble(config, await readPlaces(model.data!, config, places, { seed, step, skipped }), {
        random,
        step: recipeStep,
      })
    : await model.makeBatch(config, { phase: "train", batch, random, source: "photographs", step: recipeStep });
  // The optimizer counts its own updates, the recipe counts what its authors' batch would have needed.
  if (inputs.step) inputs.step[0] = step;
  return { inputs, skipped };
}

function readPlaces(
  data: TrainingData,
  config: unknown,
  places: unknown[][],
  { seed, step, skipped }: { seed: number; step: number; skipped: Skipped[] },
): Promise<unknown[]> {
  return Promise.all(
    places.map(async (samples, index) => {
      for (const sample of samples) {
        try {
          return await data.read(config, sample, new Random(seed, `step ${step} image ${index}`));
        } catch (error) {
          const { name, file, message } = error as Error & { file?: string };
          if (name !== "ImageError") throw error;
          skipped.push({ file: file ?? "a picture", reason: message.split("\n")[0]! });
        }
      }
      throw new Error(`${samples.length} samples in a row cannot be read, the last: ${skipped.at(-1)?.reason}`);
    }),
  );
}
