import { availableParallelism } from "node:os";
import { costProfiles } from "@epochmark/catalog/costs";
import { hostTerms } from "@epochmark/planner";
import {
  atBatch,
  discoverPlugins,
  launchChild,
  measureRequest,
  planCases,
  type PlannedCase,
  threeSteps,
} from "@epochmark/runner";
import { enginesModule, probeEngines } from "@epochmark/runner/probe";
import type { CostProfile } from "@epochmark/schema";

/** One model's phase on the CPU at the crop of its cost table. */
export interface Measurable {
  planned: PlannedCase;
  profile: CostProfile;
  /** The small workload's batch, which a CPU can do, twice that, and two many times larger where a CPU can still do them. */
  batches: readonly number[];
}

/**
 * The phases of every model whose path starts with one of the words (all, where there is none); a whole path is that model alone.
 * @throws when no engine runs here
 */
export async function measurables(words: readonly string[]): Promise<Measurable[]> {
  const [{ plugins }, engines] = await Promise.all([discoverPlugins(), probeEngines()]);
  const chosen = plugins.flatMap(({ plugin }) => plugin.models.map(({ id }) => `${plugin.id}/${id}`));
  const means = (word: string, path: string): boolean =>
    chosen.includes(word) ? path === word : path.startsWith(word);
  const wanted = chosen.filter((path) => words.length === 0 || words.some((word) => means(word, path)));
  return wanted.flatMap((path) =>
    costProfiles
      .filter(({ model }) => model === path)
      .map((profile) => {
        const selection = { models: [path], phases: [profile.phase], engine: "onnxruntime", device: "cpu" };
        const [small] = planCases({ ...selection, workload: "small" }, plugins, engines);
        const [planned] = planCases({ ...selection, workload: "paper" }, plugins, engines);
        const batch = small!.workload.batch;
        const many = profile.phase === "train" ? 4 : 8;
        const larger = [many, 4 * many].map((times) => times * batch);
        return {
          planned: planned!,
          profile,
          batches: [batch, 2 * batch, ...larger.filter((size) => tensorsMiB(profile, size) <= affordableMiB)],
        };
      }),
  );
}

/** A step whose tensors take more (MiB) also takes minutes. */
const affordableMiB = 4096;

const tensorsMiB = (profile: CostProfile, batch: number): number => {
  const { known, training, inference } = hostTerms(profile, batch);
  return known + training + inference;
};

type Control = Parameters<typeof launchChild>[1];

/** Runs three steps in a fresh process, as a try of `--batch max` does. */
export function launch(planned: PlannedCase, batch: number, control: Omit<Control, "budgetMs">) {
  const request = measureRequest(atBatch(planned, batch), {
    enginesModule,
    threads: availableParallelism(),
    launch: { index: 0, seed: 1 },
    budget: { ...threeSteps, launchMs: longest },
    check: false,
  });
  return launchChild(request, { ...control, budgetMs: longest });
}

/** A launch that takes longer hangs (ms). */
const longest = 30 * 60_000;

/** Peak resident memory (MiB) of a process that does some steps of a batch. @throws in one line when it did not end well */
export async function measuredMiB(planned: PlannedCase, batch: number): Promise<number> {
  const { messages, ending } = await launch(planned, batch, {});
  const found = messages.find((message) => message.type === "measured")?.launch.memory.hostPeakMiB;
  if (found?.value) return found.value;
  throw new Error(`${planned.model.id} ${planned.phase}: ${ending?.reason ?? found?.reason ?? "no answer"}`);
}
