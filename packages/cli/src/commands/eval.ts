import { benchCommand, exit, jsonOption, pluginOption, targetOptions, verboseOption } from "../command.ts";
import { namedPlugin } from "../named-plugin.ts";
import { print, printJson } from "../terminal.ts";
import { WordError, wholeNumber } from "../words.ts";

export const evaluate = benchCommand({
  definition: {
    meta: { name: "eval", description: "Run inference with an official checkpoint; NCHW float32 in and out" },
    args: {
      MODEL: { type: "positional", description: "Model (see bench list)" },
      weights: { type: "string", required: true, valueHint: "file", description: "Official checkpoint (.safetensors)" },
      inputs: { type: "string", required: true, valueHint: "file", description: "Inputs by name (.safetensors)" },
      outputs: {
        type: "string",
        required: true,
        valueHint: "file",
        description: "Where the outputs go (.safetensors)",
      },
      plugin: pluginOption,
      ...targetOptions,
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [model, ...others] = args._;
      if (others.length > 0) throw new WordError(`one model at a time: found "${others[0]}" too`);
      const { evaluate: run } = await import("@epochmark/runner");
      const { weights, inputs, outputs, engine, device, plugin } = args;
      const threads = wholeNumber("threads", args.threads, { from: 1, to: 1024 });
      const plugins = await namedPlugin(plugin);
      const report = await run({ model: model!, weights, inputs, outputs, engine, device, threads, plugins });
      if (args.json) printJson(report);
      else {
        print(`${report.model}, batch ${report.batch}, on ${report.engine} ${report.device}`);
        for (const { name, shape } of report.outputs) print(`  ${name} [${shape.join(", ")}]`);
        const { initialised } = report;
        if (initialised.length > 0)
          print(
            `not in the checkpoint, so at initial values: ${initialised.length} tensors, ${initialised[0]} the first`,
          );
        print(`written to ${report.file}`);
      }
      return exit.ok;
    },
  },
  examples: [
    "bench eval vit_small_patch16_224 --weights vit_small.safetensors --inputs x.safetensors --outputs y.safetensors",
  ],
});
