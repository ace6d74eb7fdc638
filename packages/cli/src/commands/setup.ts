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
      WHAT: { type: "positional", description: "tfjs-node, or cuda for onnxruntime" },
      gpu: { type: "boolean", description: "tfjs-node with CUDA (NVIDIA, compute capability 6.0 and newer)" },
      from: {
        type: "enum",
        options: ["wheel", "package"],
        description:
          "tfjs-node: libtensorflow of TensorFlow's current wheel, or the package's own of 2022 (CUDA 11); wheel by default",
      },
      cuda: {
        type: "enum",
        options: ["12", "13"],
        description: "cuda: which one; 13 by default (compute capability 7.5 and newer)",
      },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const [what, ...others] = args._;
      if (others.length > 0) throw new WordError(`one thing at a time: found "${others[0]}" too`);
      if (what !== "tfjs-node" && what !== "cuda")
        throw new WordError(`unknown engine "${what}": say tfjs-node or cuda`);
      const unfit = what === "cuda" ? (["gpu", "from"] as const) : (["cuda"] as const);
      for (const option of unfit) if (args[option]) throw new WordError(`setup ${what} takes no --${option}`);
      const { setupCuda, setupTfjsNode } = await import("@epochmark/engines/setup");
      const made =
        what === "cuda"
          ? await setupCuda({ cuda: args.cuda === "12" ? 12 : 13, say: note })
          : await setupTfjsNode({
              gpu: args.gpu ?? false,
              source: args.from === "package" ? "package" : "wheel",
              say: note,
            });
      if (args.json) printJson({ ready: what, with: made });
      else print(`ready    ${what}: ${made}`);
      return exit.ok;
    },
  },
  examples: [
    "bench setup tfjs-node",
    "bench setup cuda",
    "bench setup tfjs-node --gpu",
    "bench setup tfjs-node --gpu --from package",
  ],
  exitCodes: ["0  ready, now or already", "2  bad words, or something is missing: the line says what, and the remedy"],
});
