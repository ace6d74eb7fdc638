import { basename } from "node:path";
import type { Model } from "@epochmark/plugin-kit";
import { discoverPlugins } from "../discover/discover.ts";
import { findModel } from "../discover/find-model.ts";
import { UsageError } from "../errors.ts";
import { chooseTarget } from "../eval/target.ts";
import { inferPhotographs } from "./photographs.ts";
import { Programs } from "./programs.ts";
import type { InferOptions, InferReport } from "./report.ts";
import { StagedFiles } from "./staged-files.ts";
import { trackFrames } from "./track.ts";

/**
 * Photographs in; photographs, classes or boxes out.
 * @throws {UsageError | CheckpointError | ImageError} in one line on anything that cannot be used; then nothing is written
 */
export async function infer(options: InferOptions): Promise<InferReport> {
  const { plugins } = await discoverPlugins(undefined, options.plugins);
  const { found, model } = findModel(plugins, options.model);
  const name = `${found.plugin.id}/${model.id}`;
  refuseUnfit(name, model, options);
  const target = await chooseTarget(options);
  const { weights = null } = options;
  const programs = new Programs(model, target, weights);
  const files = new StagedFiles(options.out ?? defaultFolder(model, options));
  try {
    const results = model.photo
      ? await inferPhotographs(name, model, model.photo, options, { programs, files })
      : [await trackFrames(name, model, model.video!, options, { programs, files })];
    await files.publish();
    return { model: name, engine: target.engine.id, device: target.device, weights, results };
  } finally {
    await programs.dispose();
    await files.discard();
  }
}

function refuseUnfit(name: string, { photo, video }: Model, { box, images, classNames }: InferOptions): void {
  if (!photo && !video) throw new UsageError(`${name} takes no photographs: bench eval runs it on tensors`);
  if (photo && box) throw new UsageError(`${name} takes photographs and follows no box: leave the box out`);
  if (photo?.gives !== "classes" && classNames) throw new UsageError(`${name} gives no classes: leave their names out`);
  if (!video) return;
  if (images.length !== 1) throw new UsageError(`${name} follows a box through one folder of frames: name one`);
  if (!box) throw new UsageError(`${name} follows a box: say where it is in the first frame, --box x,y,width,height`);
}

function defaultFolder({ id, photo }: Model, { images }: InferOptions): string {
  return photo ? "." : `${basename(images[0]!)}-${id}`;
}
