import {
  coverage,
  type HostCase,
  hostCase,
  hostFactors,
  type HostFit,
  hostMemoryMiB,
  type HostModel,
  hostParts,
  hostTerms,
} from "@epochmark/planner";
import type { CostProfile } from "@epochmark/schema";
import { quantile } from "simple-statistics";

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

/** Standard deviations: of a peak between launches, relative; of how a case's growth differs from what its terms say, relative. */
const deviations = { peak: 0.03, growth: 0.3 };

/**
 * How each case differs from its terms: least squares of relative errors, with the growth held to 1 as tightly as cases are
 * alike. One batch alone says nothing of growth, two close ones little.
 */
export function fitCases(peaks: readonly Peak[], factors: Factors): HostModel["cases"] {
  const tie = (deviations.peak / deviations.growth) ** 2;
  const caseOf = (own: readonly Peak[]): HostCase => {
    // Each peak's equation: offset × once + (growth - 1) × growing = beyond, all over what was measured.
    const sums = { oo: 0, og: 0, gg: tie, or: 0, gr: 0 };
    for (const { profile, batch, measuredMiB } of own) {
      const parts = hostParts(profile, batch, factors);
      const [once, growing] = [1 / measuredMiB, parts.growing / measuredMiB];
      const beyond = 1 - (parts.fixed + parts.growing) / measuredMiB;
      sums.oo += once * once;
      sums.og += once * growing;
      sums.gg += growing * growing;
      sums.or += once * beyond;
      sums.gr += growing * beyond;
    }
    const { oo, og, gg, or, gr } = sums;
    const growth = (oo * gr - og * or) / (oo * gg - og * og);
    // Plus 0, since the model is compared with what JSON keeps of it, and JSON keeps -0 as 0.
    return { offset: Math.round((or - og * growth) / oo) + 0, growth: Number((1 + growth).toFixed(3)) };
  };
  const cases = Map.groupBy(peaks, ({ profile }) => hostCase(profile));
  return Object.fromEntries([...cases].map(([name, own]) => [name, caseOf(own)]));
}

/** The fit of peaks, and how far it is from each of them. */
export interface Fitted {
  model: HostFit;
  /** Errors of each peak (predicted over measured, less 1): of the fit; from the case's other batches; from the other models. */
  own: number[];
  crossed: number[];
  stranger: number[];
}

/** The factors, how every case differs from what they say, and how far off that is where it was not measured. */
export function fit(peaks: readonly Peak[]): Fitted {
  const factors = fitFactors(peaks);
  const model = { factors, cases: fitCases(peaks, factors) };
  const [crossed, stranger] = [crossErrors(peaks, factors), strangerErrors(peaks)];
  const spread = (errors: readonly number[]): number =>
    Number(
      quantile(
        errors.map((error) => Math.abs(Math.log1p(error))),
        coverage,
      ).toFixed(3),
    );
  return {
    model: { ...model, spreads: { measured: spread(crossed), stranger: spread(stranger) } },
    own: peaks.map((peak) => errorOf(peak, model)),
    crossed,
    stranger,
  };
}

/** Error of each peak by factors that the peaks of all other models give: what an unmeasured model gets. */
export function strangerErrors(peaks: readonly Peak[]): number[] {
  const models = new Set(peaks.map(({ profile }) => profile.model));
  const without = new Map(
    [...models].map((model) => [model, fitFactors(peaks.filter(({ profile }) => profile.model !== model))]),
  );
  return peaks.map((peak) => errorOf(peak, { factors: without.get(peak.profile.model)!, cases: {} }));
}

/** Error of each peak when the case's other batches alone say how it differs from its terms: what another batch gets. */
export const crossErrors = (peaks: readonly Peak[], factors: Factors): number[] =>
  peaks.map((peak) => {
    const others = peaks.filter((other) => other !== peak && hostCase(other.profile) === hostCase(peak.profile));
    return errorOf(peak, { factors, cases: fitCases(others, factors) });
  });
