import { type HostFactors, hostFactors, hostMemoryMiB, hostTerms } from "@epochmark/planner";
import type { CostProfile } from "@epochmark/schema";

/** A case whose peak was measured. */
export interface Peak {
  profile: CostProfile;
  batch: number;
  measuredMiB: number;
}

/** Predicted over measured, less 1. */
export const errorOf = ({ profile, batch, measuredMiB }: Peak, factors?: HostFactors): number =>
  hostMemoryMiB(profile, batch, factors) / measuredMiB - 1;

/**
 * The factors with the smallest relative errors (least squares), none below 0: one factor after the other is set to its best
 * value with the others held, until none moves. The problem is convex, so the way there does not matter.
 */
export function fitHostMemory(peaks: readonly Peak[]): HostFactors {
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
  return Object.fromEntries(
    hostFactors.map((name, index) => [name, Number(values[index]!.toPrecision(4))]),
  ) as HostFactors;
}
