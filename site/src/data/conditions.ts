import type { Conditions, Launch } from "@epochmark/schema";
import type { Words } from "../i18n/index.ts";
import { formatEnergy, formatFigure } from "./format.ts";

/** What the sensors told of one thing while a case was timed: what was seen, how, and why it is not known where it is not. */
export type ConditionFact = { name: string; seen: string[]; unknown: string[] };

type Reading = Conditions[keyof Conditions];
type Known<R extends Reading> = Extract<R, { known: true }>;

/** Power, clock, temperature and other users over all launches of a case, in words. */
export const conditionFacts = (launches: readonly Launch[], words: Words): ConditionFact[] => {
  const t = words.conditions;
  return [
    fact(t.power, launches, words, ({ power }) => power, [
      (known) => t.watts(span(known.map(meanWatts)), spanOrNull(known.map(({ reading }) => reading.idleW))),
      (known) => t.energy(formatEnergy(known.reduce((sum, { reading }) => sum + reading.energyJ, 0))),
    ]),
    fact(t.clock, launches, words, ({ clock }) => clock, [
      (known) =>
        t.megahertz(
          span(known.map(({ reading }) => reading.medianMHz)),
          spanOrNull(known.map(({ reading }) => reading.defaultMHz)),
        ),
      (known) =>
        t.drift(span(known.map(({ reading }) => reading.firstMHz)), span(known.map(({ reading }) => reading.lastMHz))),
    ]),
    fact(t.temperature, launches, words, ({ thermal }) => thermal, [
      (known) =>
        t.celsius(
          span(known.map(({ reading }) => reading.startC)),
          span(known.map(({ reading }) => reading.endC)),
          formatFigure(Math.max(...known.map(({ reading }) => reading.maxC))),
        ),
      (known) => {
        const reasons = unique(known.flatMap(({ reading }) => reading.throttleReasons));
        return reasons.length === 0 ? t.neverHeldBack : t.heldBack(reasons.join(", "));
      },
    ]),
    fact(t.others, launches, words, ({ others }) => others, [
      (known) => mapOrNull(most(known.map(({ reading }) => reading.processes)), t.processes),
      (known) => mapOrNull(spanOrNull(known.map(({ reading }) => reading.busyPercent)), t.busy),
    ]),
  ];
};

type Seen<R extends Reading> = { launch: Launch; reading: Known<R> };

const fact = <R extends Reading>(
  name: string,
  launches: readonly Launch[],
  words: Words,
  of: (conditions: Conditions) => R,
  lines: readonly ((known: readonly Seen<R>[]) => string | null)[],
): ConditionFact => {
  const known = launches.flatMap((launch): Seen<R>[] => {
    const reading: Reading = of(launch.conditions);
    return reading.known ? [{ launch, reading: reading as Known<R> }] : [];
  });
  const reasons = launches.flatMap(({ conditions }) => {
    const reading: Reading = of(conditions);
    return reading.known ? [] : [words.result.notKnown(reading.reason)];
  });
  const methods = unique(known.map(({ reading }) => reading.method));
  const told = known.length === 0 ? [] : lines.map((line) => line(known)).filter((line) => line !== null);
  return {
    name,
    seen: told.length === 0 ? [] : [...told, words.conditions.method(methods.join("; "))],
    unknown: [...Map.groupBy(reasons, (reason) => reason)].map(([reason, same]) =>
      same.length === launches.length ? reason : `${words.conditions.inLaunches(same.length)}: ${reason}`,
    ),
  };
};

const meanWatts = ({ launch, reading }: Seen<Conditions["power"]>): number => reading.energyJ / (launch.wallMs / 1000);

/** One figure, or the least and the most of several: `210`, `198 – 205`. */
const span = (values: readonly number[]): string =>
  unique([Math.min(...values), Math.max(...values)].map(formatFigure)).join(" – ");

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

const spanOrNull = (values: readonly (number | null)[]): string | null => {
  const told = present(values);
  return told.length === 0 ? null : span(told);
};

const most = (values: readonly (number | null)[]): number | null => {
  const told = present(values);
  return told.length === 0 ? null : Math.max(...told);
};

const mapOrNull = <T>(value: T | null, say: (value: T) => string): string | null =>
  value === null ? null : say(value);

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
