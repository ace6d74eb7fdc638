import type { ArgsDef, CommandDef } from "citty";

/** What `bench` ends with. */
export const exit = {
  ok: 0,
  /** The command ran, and what it checked or measured is not as it should be. */
  failed: 1,
  /** Bad words or unreadable files: nothing was done and nothing written. */
  misused: 2,
} as const;

/** A subcommand: citty's definition, whose `run` returns the exit code, and lines that show how it is used. */
export interface BenchCommand<Args extends ArgsDef = ArgsDef> {
  definition: CommandDef<Args>;
  examples: readonly string[];
  /** What the exit codes mean, where that is more than 0 and 2. */
  exitCodes?: readonly string[];
}

/** Keeps the type of a command's options for its `run`. */
export function benchCommand<const Args extends ArgsDef>(command: BenchCommand<Args>): BenchCommand<Args> {
  return command;
}

export const jsonOption = { type: "boolean", description: "Print JSON instead of a table" } as const;

export const verboseOption = { type: "boolean", description: "On an error, print its stack too" } as const;

export const resumeOption = {
  type: "boolean",
  description: "Go on where the last run of this device and mode was ended; say the same words as then",
} as const;

export const pluginOption = {
  type: "string",
  valueHint: "path",
  description: "A plugin folder beside the repository's own",
} as const;

/** Options of the commands that run one program in this process. */
export const targetOptions = {
  engine: { type: "string", valueHint: "id", description: "Engine (see bench doctor); onnxruntime by default" },
  device: { type: "string", valueHint: "id", description: "Device (see bench doctor); cpu by default" },
  threads: {
    type: "string",
    valueHint: "n",
    description: "Threads on a CPU; one by default: the same numbers on every machine",
  },
} as const;
