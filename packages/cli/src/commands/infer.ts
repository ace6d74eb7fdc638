import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Box } from "@epochmark/plugin-kit";
import type { InferReport, InferResult } from "@epochmark/runner";
import { benchCommand, exit, jsonOption, pluginOption, targetOptions, verboseOption } from "../command.ts";
import { namedPlugin } from "../named-plugin.ts";
import { note, print, printJson, printTable } from "../terminal.ts";
import { namedNumbers, numbers, WordError, wholeNumber } from "../words.ts";

export const infer = benchCommand({
  definition: {
    meta: { name: "infer", description: "Photographs in; deblurred or refocused ones, classes or tracked boxes out" },
    args: {
      MODEL: { type: "positional", description: "Model (see bench list)" },
      IMAGES: { type: "positional", description: "Photographs, or one folder of frames for a tracker" },
      weights: { type: "string", valueHint: "file", description: "Official checkpoint (.safetensors); else random" },
      out: { type: "string", valueHint: "folder", description: "Where PNG and JSON files go" },
      box: { type: "string", valueHint: "x,y,w,h", description: "What a tracker follows, in the first frame's pixels" },
      options: { type: "string", valueHint: "name=1,2,…", description: "The model's own settings" },
      classes: { type: "string", valueHint: "file", description: "Names of the classes, one a line" },
      plugin: pluginOption,
      ...targetOptions,
      threads: { ...targetOptions.threads, description: "Threads on a CPU; all by default" },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [model, ...images] = args._;
      const { weights, out, engine, device } = args;
      const box = args.box === undefined ? undefined : boxOf(args.box);
      const settings = args.options === undefined ? undefined : namedNumbers("options", args.options);
      const threads = wholeNumber("threads", args.threads, { from: 1, to: 1024 }) ?? availableParallelism();
      const classNames = args.classes === undefined ? undefined : await lines(args.classes);
      const plugins = await namedPlugin(args.plugin);
      const { infer: run } = await import("@epochmark/runner");
      const where = { engine, device, threads, plugins };
      const report = await run({ model: model!, images, weights, out, box, settings, classNames, ...where });
      if (report.weights === null)
        note("bench: without --weights the weights are random, and so is what comes out (docs/checkpoints.md)");
      if (args.json) printJson(report);
      else show(report);
      return exit.ok;
    },
  },
  examples: [
    "bench infer vit_small_patch16_224 --weights deit_small.safetensors cat.jpg dog.jpg",
    "bench infer deblurgan --weights deblurgan.safetensors --out sharp street.jpg",
    "bench infer trtr --weights trtr.safetensors --box 210,80,64,120 frames/",
  ],
});

function boxOf(word: string): Box {
  const [x, y, width, height, ...others] = numbers("box", word);
  if (height === undefined || others.length > 0)
    throw new WordError(`--box "${word}": say four numbers, x,y,width,height`);
  return { x: x!, y: y!, width: width!, height };
}

async function lines(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new WordError(`${path}: cannot be read (${error.code})`);
  });
  return text.trimEnd().split(/\r?\n/);
}

function show({ model, engine, device, results }: InferReport): void {
  print(`${model} on ${engine} ${device}`);
  for (const result of results) showResult(result);
}

function showResult(result: InferResult): void {
  switch (result.gives) {
    case "photograph":
      print(`${result.image}: ${result.width} × ${result.height}, ${times(result)}, written to ${result.file}`);
      return;
    case "classes":
      print(`${result.image}: ${times(result)}${result.file === null ? "" : `, written to ${result.file}`}`);
      printTable(
        [{ title: "probability", align: "right" }, { title: "class", align: "right" }, { title: "name" }],
        result.top.map(({ index, name, probability }) => [
          `${(100 * probability).toFixed(1)} %`,
          String(index),
          name ?? "",
        ]),
      );
      return;
    case "boxes": {
      // The first frame is set up, the others are tracked.
      const tracked = result.frames.slice(1);
      const mean = (of: (frame: (typeof tracked)[number]) => number) =>
        tracked.reduce((sum, frame) => sum + of(frame), 0) / tracked.length;
      const timing = { programMs: mean((frame) => frame.programMs), hostMs: mean((frame) => frame.hostMs) };
      print(`${result.folder}: ${result.frames.length} frames, mean ${times(timing)}, written to ${result.file}`);
    }
  }
}

function times({ programMs, hostMs }: { programMs: number; hostMs: number }): string {
  return `${programMs.toFixed(1)} ms in the network, ${hostMs.toFixed(1)} ms around it`;
}
