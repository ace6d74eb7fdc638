import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { note, print, printJson } from "../terminal.ts";
import { WordError } from "../words.ts";

export const setup = benchCommand({
  definition: {
    meta: {
      name: "setup",
      description: "Add an engine or device that the packages lack, without root, to the project's cache",
    },
    args: {
      WHAT: { type: "positional", description: "tfjs-node" },
      gpu: { type: "boolean", description: "tfjs-node with CUDA (NVIDIA, compute capability 6.0 and newer)" },
      from: {
        type: "enum",
        options: ["wheel", "package"],
        description:
          "tfjs-node: libtensorflow of TensorFlow's current wheel, or the package's own of 2022 (CUDA 11); wheel by default",
      },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [what, ...others] = args._;
      if (others.length > 0) throw new WordError(`one thing at a time: found "${others[0]}" too`);
      if (what !== "tfjs-node") throw new WordError(`unknown engine "${what}": say tfjs-node`);
      const { setupTfjsNode } = await import("@epochmark/engines/setup");
      const gpu = args.gpu ?? false;
      const made = await setupTfjsNode({ gpu, source: args.from === "package" ? "package" : "wheel", say: note });
      if (args.json) printJson({ ready: what, gpu, with: made });
      else print(`ready    ${what} on ${gpu ? "cuda and cpu" : "cpu"}, with ${made}`);
      return exit.ok;
    },
  },
  examples: ["bench setup tfjs-node", "bench setup tfjs-node --gpu", "bench setup tfjs-node --gpu --from package"],
  exitCodes: ["0  ready, now or already", "2  bad words, or something is missing: the line says what, and the remedy"],
});
