import { type Device, deviceChoices } from "./device.ts";
import { planTraining, type TrainingPlan, type TrainingRequest } from "./training.ts";

export interface CheapestRequest extends Omit<TrainingRequest, "device" | "hourly"> {
  /** Hours that the whole training may take. */
  deadline: number;
  /** Money for an hour of one GPU, by catalogue id; only these GPUs are asked about. Without: price at launch decides. */
  rents?: ReadonlyMap<string, number>;
}

/** A GPU and its plan. */
export interface Choice {
  device: Device;
  plan: TrainingPlan;
}

/**
 * The cheapest GPU, by rent of the whole training where rents are given, else by price at launch, on which the training
 * fits and the upper end of its hours still makes the deadline; null where there is none. @throws as `planTraining`
 */
export function cheapestFor({ deadline, rents, ...request }: CheapestRequest): Choice | null {
  const choices = deviceChoices().flatMap((device): (Choice & { cost: number })[] => {
    const hourly = rents?.get(device.id);
    if (rents ? hourly === undefined : device.launchUsd === null) return [];
    const plan = planTraining({ ...request, device, ...(hourly === undefined ? {} : { hourly }) });
    const fits = plan.step.fits === "yes" || plan.step.fits === "probably";
    if (!fits || plan.hours.high > deadline) return [];
    return [{ device, plan, cost: rents ? plan.money!.median : device.launchUsd! }];
  });
  const [best] = choices.toSorted((a, b) => a.cost - b.cost || a.plan.hours.median - b.plan.hours.median);
  return best ? { device: best.device, plan: best.plan } : null;
}
