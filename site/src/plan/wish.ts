import { gpus as catalogGpus } from "@epochmark/catalog";
import {
  cheapestFor,
  type Choice,
  deviceChoices,
  deviceOf,
  type Evidence,
  PlannerError,
  planTraining,
  type TrainingPlan,
} from "@epochmark/planner";
import type { Precision, Software } from "@epochmark/schema";

/** Software that the planner's fit holds figures of, old ones left out. */
export const plannedSoftware = ["pytorch", "tensorflow", "onnxruntime"] as const satisfies Software[];

/** What a reader plans. Every part is in the URL; null where it does not matter. */
export type Wish = {
  model: string;
  software: (typeof plannedSoftware)[number];
  precision: Precision;
  gpus: number;
  /** Deadline (days), money in all, money for a kWh and for an hour of one GPU: in one currency. */
  days: number | null;
  budget: number | null;
  price: number | null;
  hourly: number | null;
  /** What the data loader delivers to all GPUs together (img/s). */
  loader: number | null;
  /** Words that the names of the GPUs at hand hold, with commas between. */
  own: string;
};

/** A GPU's plan and whether it keeps the deadline and the budget: surely, perhaps or not. */
export type Answer = { name: string; id: string; plan: TrainingPlan; keeps: "yes" | "perhaps" | "no" };

export const firstWish = (models: readonly string[]): Wish => ({
  model: models[0] ?? "",
  software: "pytorch",
  precision: "fp32",
  gpus: 1,
  days: null,
  budget: null,
  price: null,
  hourly: null,
  loader: null,
  own: "",
});

export const readWish = (parameters: URLSearchParams, models: readonly string[]): Wish => {
  const first = firstWish(models);
  const of = <T extends string>(name: string, options: readonly T[], otherwise: T): T =>
    options.find((option) => option === parameters.get(name)) ?? otherwise;
  const amount = (name: string): number | null => {
    const given = Number(parameters.get(name) ?? Number.NaN);
    return Number.isFinite(given) && given >= 0 ? given : null;
  };
  return {
    model: of("model", models, first.model),
    software: of("software", plannedSoftware, first.software),
    precision: of("precision", ["fp32", "tf32", "fp16"], first.precision),
    gpus: Number(of("gpus", ["1", "2", "4", "8"], "1")),
    days: amount("days"),
    budget: amount("budget"),
    price: amount("price"),
    hourly: amount("hourly"),
    loader: amount("loader"),
    own: parameters.get("own") ?? "",
  };
};

export const writeWish = (wish: Wish): URLSearchParams => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(wish))
    if (value !== null && value !== "") parameters.set(name, String(value));
  return parameters;
};

/** What is asked of the planner whatever the GPU. */
const requestOf = (wish: Wish, evidence: readonly Evidence[]) => ({
  model: wish.model,
  precision: wish.precision,
  software: wish.software,
  gpus: wish.gpus,
  evidence,
  ...(wish.price === null ? {} : { powerPrice: wish.price }),
  // A loader that delivers nothing is none.
  ...(wish.loader ? { loaderRate: wish.loader } : {}),
});

/** The cheapest GPU of the catalogue that makes the deadline; null where none does, undefined where there is no deadline. */
export const cheapest = (wish: Wish, evidence: readonly Evidence[]): Choice | null | undefined => {
  const { days, hourly } = wish;
  if (days === null) return undefined;
  const rents = hourly === null ? {} : { rents: new Map(deviceChoices().map(({ id }) => [id, hourly])) };
  return cheapestFor({ ...requestOf(wish, evidence), deadline: days * 24, ...rents });
};

/** The plan of every GPU that was asked for, the best first: what keeps the wish, then what takes the least time. */
export const planned = (wish: Wish, evidence: readonly Evidence[]): Answer[] => {
  const words = wish.own
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
  const chosen = catalogGpus.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
  );
  const answers = chosen.flatMap((gpu): Answer[] => {
    try {
      const plan = planTraining({
        ...requestOf(wish, evidence),
        device: deviceOf(gpu),
        ...(wish.hourly === null ? {} : { hourly: wish.hourly }),
      });
      return [{ id: gpu.id, name: gpu.name, plan, keeps: keepsOf(plan, wish) }];
    } catch (error) {
      if (error instanceof PlannerError) return [];
      throw error;
    }
  });
  const order = ["yes", "perhaps", "no"];
  return answers.toSorted(
    (a, b) => order.indexOf(a.keeps) - order.indexOf(b.keeps) || a.plan.hours.median - b.plan.hours.median,
  );
};

const keepsOf = ({ hours, money, step }: TrainingPlan, { days, budget }: Wish): Answer["keeps"] => {
  if (step.fits === "no") return "no";
  const limits = [
    ...(days === null ? [] : [{ of: hours, limit: days * 24 }]),
    ...(budget === null || money === null ? [] : [{ of: money, limit: budget }]),
  ];
  if (limits.every(({ of, limit }) => of.high <= limit)) return "yes";
  return limits.every(({ of, limit }) => of.low <= limit) ? "perhaps" : "no";
};
