import { figures } from "@epochmark/catalog";
import { costProfiles } from "@epochmark/catalog/costs";
import type { CostProfile, Throughput } from "@epochmark/schema";
import { type Device, deviceById } from "../device.ts";
import type { Setting } from "../roofline.ts";

/** One published figure beside what the planner needs to predict it. */
export interface Observation {
  figure: Throughput;
  profile: CostProfile;
  device: Device;
  setting: Setting;
  /** Logarithm of the published step time in seconds. */
  logSeconds: number;
  /** Names of the constants that belong to its source and are no part of a prediction. */
  nuisances: string[];
}

/** Every published throughput. @throws when one is of a model without a cost profile or a GPU without figures */
export function observations(): Observation[] {
  return figures.throughput.map((figure) => {
    const { model, phase, gpu, batch, precision, gpus, imagesPerSecond, source: id } = figure;
    const profile = costProfiles.find((each) => each.model === model && each.phase === phase);
    const source = figures.sources.find((each) => each.id === id);
    if (!profile || !source)
      throw new Error(`figure of ${model} ${phase} from ${id}: no cost profile or no such source`);
    const { software, fusedAttention, channelsLast } = source;
    return {
      figure,
      profile,
      device: deviceById(gpu),
      setting: { batch, precision, software, gpus, fusedAttention, channelsLast, phase },
      logSeconds: Math.log((batch * gpus) / imagesPerSecond),
      nuisances: precision === "fp16" ? [`source.${id}`, `source.${id}.half`] : [`source.${id}`],
    };
  });
}
