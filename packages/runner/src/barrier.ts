import type { Gate } from "./child/protocol.ts";

/** A moment of a run, in the order in which all runs of one plan come by. */
export interface Moment {
  launch: number;
  caseIndex: number;
  gate: Gate;
}

/** What one of several runs has of the barrier between them. */
export interface Turnstile {
  /** Resolves when this run may go on. @returns how many runs go on at the same time, this one included */
  wait(at: Moment): Promise<number>;
  /** The launch that waited, if any, waits no more: it has ended. */
  leave(): void;
  /** The run waits at no gate any more: it has ended. */
  end(): void;
}

/**
 * Lets runs that go on at the same time start and end their windows together. When every run that has not ended waits,
 * those at the earliest moment go on: a run that was ahead, because a case of it ended early, waits for the others to
 * come there. So nothing that happens to one run holds the others for ever.
 */
export function barrier(runs: number): Turnstile[] {
  /** Of every run that has not ended: where it waits; null while it does not. */
  const states = new Map<number, { at: Moment; pass: (together: number) => void } | null>();
  for (let run = 0; run < runs; run++) states.set(run, null);

  const openWhereAllWait = (): void => {
    const waiting = [...states.values()].filter((state) => state !== null);
    if (waiting.length < states.size || waiting.length === 0) return;
    const [first] = waiting.map(({ at }) => at).toSorted(byTime);
    const together = [...states].filter(([, state]) => byTime(state!.at, first!) === 0);
    for (const [run] of together) states.set(run, null);
    for (const [, state] of together) state!.pass(together.length);
  };
  return Array.from({ length: runs }, (_, run) => ({
    wait: (at) =>
      new Promise((pass) => {
        states.set(run, { at, pass });
        openWhereAllWait();
      }),
    leave: () => void (states.has(run) && states.set(run, null)),
    end() {
      states.delete(run);
      openWhereAllWait();
    },
  }));
}

const gates: readonly Gate[] = ["window-start", "window-end"];

const byTime = (a: Moment, b: Moment): number =>
  a.launch - b.launch || a.caseIndex - b.caseIndex || gates.indexOf(a.gate) - gates.indexOf(b.gate);
