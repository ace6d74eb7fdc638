import { readdir } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { type Box, configFor, type Model, type VideoTask } from "@epochmark/plugin-kit";
import { decodeImage, encodePng, ImageError, type Photograph } from "@epochmark/plugin-kit/data";
import { UsageError } from "../errors.ts";
import { drawBox } from "./draw-box.ts";
import { type BoxesResult, type InferOptions, rounded } from "./report.ts";
import type { Programs } from "./programs.ts";
import type { StagedFiles } from "./staged-files.ts";
import { settingsOf } from "./settings.ts";

const boxesFile = "boxes.json";

/** Follows a box through a folder of frames: `boxes.json`, and every frame with its box drawn. */
export async function trackFrames(
  name: string,
  model: Model,
  task: VideoTask,
  options: InferOptions,
  { programs, files }: { programs: Programs; files: StagedFiles },
): Promise<BoxesResult> {
  const folder = options.images[0]!;
  if (options.out !== undefined && resolve(options.out) === resolve(folder))
    throw new UsageError(`${folder}: frames with boxes would be written over the frames; give another --out`);
  const names = await framesOf(folder);
  const settings = settingsOf(name, task.options, options.settings);
  const tracker = task.track(configFor(model, { size: "full" }), programs.run, settings);
  const frames: BoxesResult["frames"] = [];
  for (const [index, frame] of names.entries()) {
    const photograph = await decodeImage(join(folder, frame));
    const start = performance.now();
    const box = index === 0 ? await begin(photograph) : await tracker.next(photograph);
    const programMs = programs.takeBusyMs();
    const hostMs = Math.max(0, performance.now() - start - programMs - programs.takeLoadingMs());
    frames.push({ frame, ...box, programMs: rounded(programMs), hostMs: rounded(hostMs) });
    await files.write(`${basename(frame, extname(frame))}.png`, await encodePng(drawBox(photograph, box)));
  }
  await files.write(
    boxesFile,
    `${JSON.stringify({ model: name, weights: options.weights ?? null, frames }, null, 2)}\n`,
  );
  return { gives: "boxes", folder, file: files.pathOf(boxesFile), frames };

  async function begin(photograph: Photograph) {
    const box = within(photograph, options.box!, names[0]!);
    await tracker.start(photograph, box);
    return { ...box, score: 1 };
  }
}

/** Names of the images in order of name, numbers by their value: 2.jpg before 10.jpg. */
async function framesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new ImageError(folder, `cannot be read as a folder of frames (${error.code}); check the path`);
  });
  const names = entries.filter((entry) => /^[^.].*\.(jpe?g|png|webp)$/i.test(entry));
  if (names.length < 2)
    throw new ImageError(folder, `holds ${names.length} frames; two or more JPEG, PNG or WebP files are needed`);
  const stems = names.map((each) => basename(each, extname(each)));
  const twice = stems.find((stem, index) => stems.indexOf(stem) !== index);
  if (twice !== undefined) throw new ImageError(folder, `has two frames called ${twice}; keep one`);
  return names.toSorted(new Intl.Collator("en", { numeric: true }).compare);
}

function within({ width, height }: Photograph, box: Box, frame: string): Box {
  const { x, y } = box;
  if (x >= 0 && y >= 0 && box.width > 0 && box.height > 0 && x + box.width <= width && y + box.height <= height)
    return box;
  throw new UsageError(
    `box ${[x, y, box.width, box.height].join()} is not inside the first frame, ${frame}, of ${width} × ${height} pixels`,
  );
}
