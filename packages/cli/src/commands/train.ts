import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { TrainEvent, TrainReport } from "@epochmark/runner";
import type { Size } from "@epochmark/schema";
import { benchCommand, exit, jsonOption, pluginOption, targetOptions, verboseOption } from "../command.ts";
import { namedPlugin } from "../named-plugin.ts";
import { duration } from "../progress.ts";
import { digits } from "../results.ts";
import { untilInterrupted } from "../signals.ts";
import { note, print, printJson } from "../terminal.ts";
import { WordError, wholeNumber } from "../words.ts";

export const train = benchCommand({
  definition: {
    meta: { name: "train", description: "Train a model as its paper does, with checkpoints that go on bit for bit" },
    args: {
      MODEL: { type: "positional", description: "Model (see bench list)" },
      data: { type: "string", valueHint: "folder", description: "The paper's data set; else the shipped photographs" },
      out: { type: "string", valueHint: "folder", description: "Checkpoints and log; checkpoints/<model> by default" },
      steps: { type: "string", valueHint: "n", description: "Stop at this update; the whole recipe by default" },
      epochs: { type: "string", valueHint: "n", description: "Epochs of the recipe; the paper's by default" },
      batch: { type: "string", valueHint: "n", description: "Images an update; the paper's on one GPU by default" },
      size: { type: "enum", options: ["full", "tiny"], valueHint: "full|tiny", description: "Size of the network" },
      seed: { type: "string", valueHint: "n", description: "Of weights, order and augmentation; 1 by default" },
      weights: { type: "string", valueHint: "file", description: "Pretrained tensors by official name (.safetensors)" },
      resume: { type: "boolean", description: "Go on from the newest checkpoint" },
      "checkpoint-every": {
        type: "string",
        valueHint: "n",
        description: "Updates between checkpoints; 1000 by default",
      },
      workers: { type: "string", valueHint: "n", description: "Threads that read and augment; 2 by default" },
      plugin: pluginOption,
      ...targetOptions,
      threads: { ...targetOptions.threads, description: "Threads on a CPU; all by default" },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [model, ...others] = args._;
      if (others.length > 0) throw new WordError(`one model at a time: found "${others[0]}" too`);
      const count = (
        name: "steps" | "epochs" | "batch" | "seed" | "checkpoint-every" | "workers" | "threads",
        to = 1e9,
      ) => wholeNumber(name, args[name], { from: name === "seed" ? 0 : 1, to });
      const { data, weights, resume, engine, device } = args;
      const plugins = await namedPlugin(args.plugin);
      const { train: run } = await import("@epochmark/runner");
      const follower = new Follower();
      return untilInterrupted(async (signal) => {
        const report = await run({
          model: model!,
          data,
          weights,
          resume,
          engine,
          device,
          plugins,
          signal,
          out: args.out ?? join("checkpoints", model!.replace(/[^\w-]+/g, "-")),
          steps: count("steps"),
          epochs: count("epochs", 1e6),
          batch: count("batch", 65_536),
          size: args.size as Size | undefined,
          seed: count("seed", 2 ** 31 - 1),
          checkpointEvery: count("checkpoint-every"),
          workers: count("workers", 256),
          threads: count("threads", 1024) ?? availableParallelism(),
          onEvent: (event) => follower.follow(event),
        });
        follower.stop();
        if (args.json) printJson(report);
        else show(report);
        return exit.ok;
      }).finally(() => follower.stop());
    },
  },
  examples: [
    "bench train deblurgan --data GoPro --out checkpoints/deblurgan",
    "bench train deblurgan --out checkpoints/deblurgan --data GoPro --resume",
    "bench train vit-small-patch16-224 --data ImageNet --batch 64 --workers 8",
    "bench train vit --size tiny --batch 8 --steps 100       on the shipped photographs",
  ],
  exitCodes: [
    "0    trained as far as was asked",
    "2    bad words or an unusable folder or file; nothing was written",
    "130  Ctrl-C; a checkpoint was written first",
  ],
});

/** Milliseconds between two lines about the progress. */
const linesEveryMs = 5000;

/** Says on standard error how the training goes: a line that is written over on a terminal, one now and then elsewhere. */
class Follower {
  #start: Extract<TrainEvent, { type: "start" }> | null = null;
  #saidAt = 0;
  #open = false;

  follow(event: TrainEvent): void {
    if (event.type === "start") {
      this.#start = event;
      const source = event.samples === null ? "pairs from the shipped photographs" : `${event.samples} samples`;
      const begin = event.from > 0 ? `goes on at step ${event.from}` : "begins";
      note(
        `${event.model} ${begin}: ${source}, batch ${event.batch}, ${event.recipeSteps} updates are the whole recipe`,
      );
    }
    if (event.type === "skipped") this.#line(`skipped: ${event.skipped.reason}`);
    if (event.type === "stage") {
      const settings = Object.entries(event.overrides).map(([name, value]) => `${name} ${String(value)}`);
      this.#line(`the next stage begins after step ${event.step}: ${settings.join(", ") || "the model as it is"}`);
    }
    if (event.type === "checkpoint") this.#line(`checkpoint at step ${event.step}: ${event.path}`);
    if (event.type === "step") this.#step(event);
  }

  /** Ends the line that is written over. */
  stop(): void {
    if (this.#open) process.stderr.write("\n");
    this.#open = false;
  }

  #step({ step, losses, rates }: Extract<TrainEvent, { type: "step" }>): void {
    const { from, to, recipeSteps, batch } = this.#start!;
    const every = process.stderr.isTTY ? 200 : linesEveryMs;
    if (performance.now() - this.#saidAt < every && step !== from + 1 && step !== to) return;
    this.#saidAt = performance.now();
    const left = (steps: number): string =>
      duration((Math.max(0, steps - step) * batch * 1000) / rates.imagesPerSecond);
    const [[name, loss]] = Object.entries(losses) as [[string, number]];
    const recipe = to < recipeSteps ? `, the whole recipe ${left(recipeSteps)}` : "";
    const text =
      `step ${step}/${to}  ${name} ${digits(loss)}  ${digits(rates.imagesPerSecond)} img/s  ` +
      `waits for the loader ${rates.waitingPercent.toFixed(0)} %  ${left(to)} left${recipe}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001B[K${text}`);
      this.#open = true;
    } else note(text);
  }

  #line(text: string): void {
    this.stop();
    note(text);
  }
}

function show({ model, step, losses, rates, skipped, checkpoint, interrupted }: TrainReport): void {
  print(`${model}: ${interrupted ? "interrupted" : "ended"} at step ${step}`);
  for (const [name, loss] of Object.entries(losses ?? {})) print(`  ${name} ${digits(loss)}`);
  if (rates) {
    const loader = rates.loaderImagesPerSecond;
    print(
      `speed       ${digits(rates.imagesPerSecond)} img/s, ${rates.waitingPercent.toFixed(1)} % of it waiting for the loader`,
    );
    if (loader !== null) print(`loader      ${digits(loader)} img/s, if nothing held it up`);
  }
  if (skipped.length > 0)
    print(
      `skipped     ${skipped.length} pictures that cannot be read: ${skipped[0]!.file}${skipped.length > 1 ? ", …" : ""}`,
    );
  if (checkpoint) print(`checkpoint  ${checkpoint}`);
}
