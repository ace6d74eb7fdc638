import { computeKinds } from "../roofline.ts";

/** Where the fit starts for a constant, and how far from there it may be believed (both of the logarithm). */
export interface Prior {
  mean: number;
  deviation: number;
}

/**
 * Weak beliefs that keep constants near what is physically sensible where few figures speak: they are the ridge of the fit.
 * An architecture, a GPU within it and a source differ from the common value by little, unless their figures say so; softwares
 * differ by more than sources that tell of one software: what all of these have in common is the software's.
 */
export function priorOf(name: string): Prior {
  const exact = byName[name];
  if (exact) return exact;
  const [, prior] = byPattern.find(([pattern]) => pattern.test(name)) ?? [];
  if (!prior) throw new Error(`no prior for "${name}"`);
  return prior;
}

const log = (value: number, deviation: number): Prior => ({ mean: Math.log(value), deviation });

/** A kind that the reference device computes with this share of its peak, of `limit` at most: what the roofline divides by, less 1. */
const share = (efficiency: number, deviation: number, limit = 1): Prior => log(limit / efficiency - 1, deviation);

const byName: Record<string, Prior> = {
  memory: log(0.8, 0.3),
  "memory.half": log(1.2, 0.3),
  tail: log(4e-6, 0.7),
  softmax: log(1, 0.5),
  "vector.exponent": log(1, 0.4),
  "matrix.exponent": log(1, 0.4),
  "multi.sync": log(0.01, 1),
  "multi.exposed": log(0.5, 1),
};

const byPattern: readonly [RegExp, Prior][] = [
  [/^vector\.conv3x3$/, share(0.9, 0.7, 2.25)],
  [/^vector\.depthwise$/, share(0.1, 0.7)],
  [new RegExp(`^vector\\.(?:${computeKinds.join("|")})$`), share(0.65, 0.7)],
  [/^matrix\.depthwise$/, share(0.03, 0.7)],
  [new RegExp(`^matrix\\.(?:${computeKinds.join("|")})$`), share(0.5, 0.7)],
  [/^launch\..*\.infer$/, log(60e-6, 0.7)],
  [/^launch\..*\.train$/, log(15e-6, 0.7)],
  [/^software\./, log(1, 0.3)],
  [/^architecture\..*\.(?:vector|matrix)$/, log(1, 0.15)],
  [/^architecture\..*\.memory$/, log(1, 0.1)],
  [/^gpu\./, log(1, 0.1)],
  [/^layout\./, log(1, 0.3)],
  [/^source\./, log(1, 0.1)],
];
