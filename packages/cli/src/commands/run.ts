import { benchCommand, jsonOption, pluginOption, resumeOption, verboseOption } from "../command.ts";
import { namedPlugin } from "../named-plugin.ts";
import { measure } from "../measure.ts";
import { measureReplicas } from "../replicas.ts";
import { list, wholeNumber, WordError } from "../words.ts";
import { measuringExitCodes } from "./bench.ts";

export const run = benchCommand({
  definition: {
    meta: { name: "run", description: "Measure chosen models: phases, engine, device, workload, size, batch" },
    args: {
      MODELS: {
        type: "positional",
        required: false,
        description: "Models or families (see bench list); all by default",
      },
      phase: { type: "string", valueHint: "train,infer", description: "Phases, divided by commas; all by default" },
      engine: { type: "string", valueHint: "id", description: "Engine (see bench doctor)" },
      device: {
        type: "string",
        valueHint: "id|all",
        description: "Device (see bench doctor), or all: each GPU in turn",
      },
      workload: { type: "string", valueHint: "small|paper", description: "Batch that suits a CPU, or the paper's own" },
      size: { type: "string", valueHint: "tiny|full", description: "Width and depth of the network; full by default" },
      batch: {
        type: "string",
        valueHint: "n|max",
        description: "Images a step, instead of a workload; max: as many as fit",
      },
      precision: { type: "string", valueHint: "fp32|tf32|fp16", description: "Arithmetic; fp32 by default" },
      mode: {
        type: "enum",
        options: ["fast", "ranked", "sustained"],
        description: "One launch, several, or one of five minutes that shows heat; ranked by default",
      },
      plugin: pluginOption,
      out: { type: "string", valueHint: "folder", description: "Results folder; results by default" },
      replicas: {
        type: "boolean",
        description:
          "All GPUs that CUDA reaches at the same time: each one's figure, their sum, what they cost each other",
      },
      seed: { type: "string", valueHint: "n", description: "Seed of weights and batches; drawn by default" },
      threads: { type: "string", valueHint: "n", description: "Threads on a CPU; all by default" },
      resume: resumeOption,
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const { engine, device, workload, size, precision, mode, plugin, out } = args;
      if (args.replicas && args.resume)
        throw new WordError(
          "--replicas with --resume: a run of replicas cannot go on, start a new one without --resume",
        );
      const options = {
        models: args._,
        phases: list(args.phase),
        engine,
        device,
        workload,
        size,
        precision,
        mode,
        out,
        batch: args.batch === "max" ? ("max" as const) : wholeNumber("batch", args.batch, { from: 1, to: 65_536 }),
        seed: wholeNumber("seed", args.seed, { from: 0, to: 2 ** 31 - 1 }),
        threads: wholeNumber("threads", args.threads, { from: 1, to: 1024 }),
        plugins: await namedPlugin(plugin),
      };
      const json = args.json ?? false;
      return args.replicas ? measureReplicas(options, json) : measure({ ...options, resume: args.resume }, json);
    },
  },
  examples: [
    "bench run vit-small-patch16-224 --phase train --batch 4",
    "bench run vit --size tiny --mode fast",
    "bench run vit --device all       every GPU, one after another",
    "bench run vit --replicas         every NVIDIA GPU at the same time",
    "bench run vit --engine tfjs-cpu --size tiny --out /tmp/results",
  ],
  exitCodes: measuringExitCodes,
});
