import { configFor, type Model, type PhotoTask, type PhotoSettings } from "@epochmark/plugin-kit";
import { decodeImage, encodePng, ImageError, type Photograph } from "@epochmark/plugin-kit/data";
import { UsageError } from "../errors.ts";
import { type ClassesResult, fileNameFor, type InferOptions, type PictureResult, rounded } from "./report.ts";
import type { Programs } from "./programs.ts";
import type { StagedFiles } from "./staged-files.ts";
import { settingsOf } from "./settings.ts";

const shown = 5;

/** Every photograph through the network, one after the other: memory for one at a time. */
export async function inferPhotographs(
  name: string,
  model: Model,
  task: PhotoTask,
  options: InferOptions,
  { programs, files }: { programs: Programs; files: StagedFiles },
): Promise<(PictureResult | ClassesResult)[]> {
  const settings = settingsOf(name, task.options, options.settings);
  const { images } = options;
  const names = images.map((image) => fileNameFor(image, model, ""));
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined) throw new UsageError(`two images would both be written as ${twice}: infer them apart`);
  const results: (PictureResult | ClassesResult)[] = [];
  let shapes = "";
  for (const image of images) {
    const photograph = await decodeImage(image);
    const start = performance.now();
    const inputs = await prepare(model, task, photograph, { image, settings });
    const now = JSON.stringify(Object.values(inputs).map(({ shape }) => shape));
    // A session holds the weights and buffers of its size: one is enough.
    if (now !== shapes) await programs.dispose();
    shapes = now;
    const prepared = performance.now();
    const outputs = await programs.run({ phase: "infer" }, inputs);
    const ran = performance.now();
    const timing = (end: number) => ({
      programMs: rounded(programs.takeBusyMs()),
      hostMs: rounded(prepared - start + end - ran),
    });
    if (task.gives === "photograph") {
      const picture = task.present(outputs, photograph);
      const { width, height } = picture;
      const times = timing(performance.now());
      const file = fileNameFor(image, model, ".png");
      await files.write(file, await encodePng(picture));
      results.push({ gives: "photograph", image, width, height, file: files.pathOf(file), ...times });
    } else {
      const classNames = options.classNames ?? task.classNames ?? [];
      const probabilities = task.present(outputs);
      if (options.classNames && options.classNames.length !== probabilities.length)
        throw new UsageError(
          `${options.classNames.length} class names for ${probabilities.length} classes: give one a line`,
        );
      const top = Array.from(probabilities, (probability, index) => ({
        index,
        name: classNames[index] ?? null,
        probability,
      }))
        .toSorted((a, b) => b.probability - a.probability)
        .slice(0, shown);
      const result = { gives: "classes", image, top, ...timing(performance.now()) } as const;
      const file = fileNameFor(image, model, ".json");
      if (options.out !== undefined) await files.write(file, `${JSON.stringify(result, null, 2)}\n`);
      results.push({ ...result, file: options.out === undefined ? null : files.pathOf(file) });
    }
  }
  return results;
}

async function prepare(
  model: Model,
  task: PhotoTask,
  photograph: Photograph,
  { image, settings }: { image: string; settings: PhotoSettings },
): ReturnType<PhotoTask["prepare"]> {
  try {
    return await task.prepare(configFor(model, { size: "full" }), photograph, settings);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
    throw new ImageError(image, reason, { cause });
  }
}
