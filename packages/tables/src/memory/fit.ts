import { hostFactors, hostMemoryMiB, type HostModel, hostTerms, offsetName } from "@epochmark/planner";
import type { CostProfile } from "@epochmark/schema";
import { max, min } from "simple-statistics";

/** A case whose peak was measured. */
export interface Peak {
  profile: CostProfile;
  batch: number;
  measuredMiB: number;
}

type Factors = HostModel["factors"];

/** Predicted over measured, less 1. */
export const errorOf = ({ profile, batch, measuredMiB }: Peak, model?: HostModel): number =>
  hostMemoryMiB(profile, batch, model) / measuredMiB - 1;

/**
 * The factors with the smallest relative errors (least squares), none below 0: one factor after the other is set to its best
 * value with the others held, until none moves. The problem is convex, so the way there does not matter.
 */
export function fitFactors(peaks: readonly Peak[]): Factors {
  const rows = peaks.map(({ profile, batch, measuredMiB }) => {
    const terms = hostTerms(profile, batch);
    return {
      terms: hostFactors.map((name) => terms[name] / measuredMiB),
      rest: 1 - terms.known / measuredMiB,
    };
  });
  const values = hostFactors.map(() => 0);
  for (let round = 0; round < 20_000; round++)
    for (const index of values.keys()) {
      let slope = 0;
      let curve = 0;
      for (const { terms, rest } of rows) {
        const own = terms[index]!;
        const others = terms.reduce((sum, term, other) => (other === index ? sum : sum + term * values[other]!), 0);
        slope += own * (rest - others);
        curve += own * own;
      }
      values[index] = curve > 0 ? Math.max(0, slope / curve) : 0;
    }
  return Object.fromEntries(hostFactors.map((name, index) => [name, Number(values[index]!.toPrecision(4))])) as Factors;
}

/** What each case takes beyond its terms (MiB): what keeps the largest relative error of its batches smallest. */
export function fitOffsets(peaks: readonly Peak[], factors: Factors): HostModel["offsets"] {
  const cases = Map.groupBy(peaks, ({ profile }) => offsetName(profile));
  const beyond = ({ profile, batch, measuredMiB }: Peak): number =>
    measuredMiB - hostMemoryMiB(profile, batch, { factors, offsets: {} });
  const offsetOf = (own: readonly Peak[]): number => {
    let [low, high] = [min(own.map(beyond)), max(own.map(beyond))];
    // Between them the largest error first falls, then grows.
    while (high - low > 0.01) {
      const third = (high - low) / 3;
      const [a, b] = [low + third, high - third].map((offset) =>
        max(own.map((peak) => Math.abs(beyond(peak) - offset) / peak.measuredMiB)),
      ) as [number, number];
      if (a < b) high -= third;
      else low += third;
    }
    return Math.round(low);
  };
  return Object.fromEntries([...cases].map(([name, own]) => [name, offsetOf(own)]));
}

/** The factors, and what every case takes besides. */
export function fit(peaks: readonly Peak[]): HostModel {
  const factors = fitFactors(peaks);
  return { factors, offsets: fitOffsets(peaks, factors) };
}

/** Error of each peak by factors that the peaks of all other models give, without an offset: what an unmeasured model gets. */
export function strangerErrors(peaks: readonly Peak[]): number[] {
  const models = new Set(peaks.map(({ profile }) => profile.model));
  const without = new Map(
    [...models].map((model) => [model, fitFactors(peaks.filter(({ profile }) => profile.model !== model))]),
  );
  return peaks.map((peak) => errorOf(peak, { factors: without.get(peak.profile.model)!, offsets: {} }));
}

/** Error of each peak when its own case's offset comes from the case's other batches alone. */
export const crossErrors = (peaks: readonly Peak[], factors: Factors): number[] =>
  peaks.map((peak) =>
    errorOf(peak, {
      factors,
      offsets: fitOffsets(
        peaks.filter((other) => other !== peak),
        factors,
      ),
    }),
  );
