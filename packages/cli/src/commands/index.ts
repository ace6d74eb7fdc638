import type { BenchCommand } from "../command.ts";

/** Every command by its word; each is loaded when it is used. `""` is a plain `bench`. */
// oxlint-disable-next-line typescript/no-explicit-any -- commands differ in their options
export const commands: Record<string, () => Promise<BenchCommand<any>>> = {
  "": async () => (await import("./bench.ts")).bench,
  run: async () => (await import("./run.ts")).run,
  list: async () => (await import("./list.ts")).list,
  doctor: async () => (await import("./doctor.ts")).doctor,
  plan: async () => (await import("./plan.ts")).plan,
  validate: async () => (await import("./validate.ts")).validate,
  compare: async () => (await import("./compare.ts")).compare,
  reproduce: async () => (await import("./reproduce.ts")).reproduce,
  submit: async () => (await import("./submit.ts")).submit,
  migrate: async () => (await import("./migrate.ts")).migrate,
  eval: async () => (await import("./eval.ts")).evaluate,
  infer: async () => (await import("./infer.ts")).infer,
  train: async () => (await import("./train.ts")).train,
  setup: async () => (await import("./setup.ts")).setup,
  new: async () => (await import("./new.ts")).create,
  golden: async () => (await import("./golden.ts")).golden,
};
