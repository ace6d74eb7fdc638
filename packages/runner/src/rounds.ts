import { type Sensor, type Watch, watch } from "@epochmark/hardware";
import { Random } from "@epochmark/plugin-kit";
import { caseKey } from "@epochmark/records";
import type { RunFileWriter } from "@epochmark/records/node";
import type { Turnstile } from "./barrier.ts";
import { BatchSearchError, fitted, guardHostMemory, searchBatch } from "./batch-search.ts";
import { threeSteps } from "./budget.ts";
import { caseRecord, type Progress, type Terms } from "./case-record.ts";
import type { Ending } from "./child/ending.ts";
import type { Launcher, Outcome } from "./child/launch.ts";
import type { Budget, Gate, MeasureRequest, Message } from "./child/protocol.ts";
import type { LaunchPlace, RunEvent } from "./events.ts";
import { atBatch, type PlannedCase } from "./plan/plan.ts";
import { measureRequest } from "./request.ts";
import { noProgress, progressOf } from "./resume.ts";

export interface Work {
  cases: readonly PlannedCase[];
  terms: Terms;
  budget: Budget;
  seed: number;
  enginesModule: string;
  /** Folder where the run keeps its compiled programs. */
  programs: string;
  launch: Launcher;
  /** What watches the device, or why nothing does. */
  sensor: Sensor | string;
  signal: AbortSignal | undefined;
  onEvent: (event: RunEvent) => void;
  writer: RunFileWriter;
  /** Where launches wait for those of the other devices; none where there is no other. */
  turnstile: Turnstile | undefined;
}

/**
 * All launches of all cases, interleaved: every round launches each case once. A case whose launch ends early is
 * launched no more. After each launch the case on disk says what is known of it.
 *
 * @returns whether the signal ended it
 */
export async function runRounds(work: Work): Promise<boolean> {
  const cases = [...work.cases];
  const progress = cases.map((planned) => progressIn(work, planned));
  for (const [caseIndex, planned] of cases.entries()) {
    if (planned.workload.name !== "max") continue;
    const found = await withLargestBatch(work, planned, caseIndex);
    if (found === null) return true;
    cases[caseIndex] = found.planned;
    progress[caseIndex] = found.ending
      ? { ...progressIn(work, found.planned), ending: found.ending }
      : progressIn(work, found.planned);
    if (found.ending) await keep(work, found.planned, progress[caseIndex]);
  }
  for (let round = 0; round < work.terms.launches; round++)
    for (const [caseIndex, planned] of cases.entries()) {
      const known = progress[caseIndex]!;
      // Done by an earlier part of this run.
      if (known.ending || known.launches.some(({ index }) => index >= round)) continue;
      const { together, ...outcome } = await launchOnce(work, planned, { caseIndex, launch: round });
      const changed = absorb(known, outcome);
      const { replicas } = work.terms;
      if (together !== null && together < replicas)
        known.apart.push(`launch ${round}: ${together} of ${replicas} devices were measuring at the same time`);
      if (changed) await keep(work, planned, known);
      if (outcome.interrupted) return true;
      if (known.ending || round === work.terms.launches - 1)
        work.onEvent({ type: "case-end", caseIndex, record: caseRecord(planned, known, work.terms) });
    }
  return false;
}

const progressIn = ({ writer, terms }: Work, planned: PlannedCase): Progress =>
  progressOf(caseRecord(planned, noProgress(), terms), writer.file.cases);

/** The case at the largest batch that fits here, found by an earlier part of the run or searched for; null when interrupted. */
async function withLargestBatch(
  work: Work,
  planned: PlannedCase,
  caseIndex: number,
): Promise<{ planned: PlannedCase; ending: Ending | null } | null> {
  const { model, phase, size } = planned;
  const earlier = work.writer.file.cases.find(
    (other) =>
      other.workload.name === "max" && other.model === model.id && other.phase === phase && other.size === size,
  );
  if (earlier?.batchSearch)
    return { planned: { ...atBatch(planned, earlier.workload.batch), batchSearch: earlier.batchSearch }, ending: null };
  const fits = async (batch: number): Promise<boolean | null> => {
    work.onEvent({ type: "batch-try", caseIndex, batch });
    const request = { ...requestOf(work, atBatch(planned, batch), 0), check: false };
    const full = new AbortController();
    const signal = work.signal ? AbortSignal.any([work.signal, full.signal]) : full.signal;
    let unguard = (): void => {};
    const onStart = (pid: number): void => {
      if (planned.device.kind !== "discrete") unguard = guardHostMemory(pid, () => full.abort());
    };
    const budget = { ...request.budget, ...threeSteps };
    const outcome = await work.launch({ ...request, budget }, { budgetMs: budget.launchMs, signal, onStart });
    unguard();
    return work.signal?.aborted ? null : fitted(outcome, full.signal.aborted);
  };
  try {
    const found = await searchBatch(fits);
    if (found === null) return null;
    const { batch, tried } = found;
    const none: Ending = { status: "oom", reason: "not even one image fits" };
    return { planned: { ...atBatch(planned, batch ?? 1), batchSearch: tried }, ending: batch === null ? none : null };
  } catch (error) {
    if (!(error instanceof BatchSearchError)) throw error;
    return { planned, ending: error.ending };
  }
}

/** One launch, and how many devices had their windows at the same time; null where it had none, or nobody waits. */
async function launchOnce(
  work: Work,
  planned: PlannedCase,
  place: LaunchPlace,
): Promise<Outcome & { together: number | null }> {
  const { budget, signal, onEvent, turnstile } = work;
  onEvent({ type: "launch-start", ...place });
  const eyes = watch(work.sensor);
  const tell = (message: Message): void => {
    if (message.type === "stage" && message.stage === "session") eyes.mark("session");
    if (message.type === "stage" && message.stage === "window") eyes.mark("window-start");
    // The last one stands.
    if (message.type === "sample") eyes.mark("window-end");
    if (message.type === "stage") onEvent({ type: "stage", stage: message.stage, ...place });
    if (message.type === "sample") onEvent({ type: "sample", index: message.index, stepMs: message.stepMs, ...place });
  };
  let together: number | null = null;
  const onGate = async (gate: Gate): Promise<void> => {
    const beside = await turnstile?.wait({ ...place, gate });
    if (gate === "window-start") together = beside ?? null;
  };
  const request = { ...requestOf(work, planned, place.launch), ...(turnstile && { gates: true }) };
  const onStart = (pid: number): void => eyes.follow(pid);
  const outcome = await work.launch(request, { budgetMs: budget.launchMs, signal, onMessage: tell, onStart, onGate });
  turnstile?.leave();
  const seen = eyes.end();
  onEvent({ type: "launch-end", ending: outcome.ending, ...place });
  return { ...outcome, together, messages: outcome.messages.map((message) => withConditions(message, seen)) };
}

/** A launch with what the sensor saw from outside; a processor's memory is the host's. */
function withConditions(message: Message, { conditions, memory }: ReturnType<Watch["end"]>): Message {
  if (message.type !== "measured") return message;
  const { launch } = message;
  const merged = Object.values(memory).some(({ value }) => value !== null) ? memory : {};
  return { ...message, launch: { ...launch, conditions, memory: { ...launch.memory, ...merged } } };
}

const requestOf = (work: Work, planned: PlannedCase, index: number): MeasureRequest =>
  measureRequest(planned, {
    enginesModule: work.enginesModule,
    programs: work.programs,
    threads: work.terms.threads,
    launch: { index, seed: launchSeed(work.seed, planned, index) },
    budget: work.budget,
    // Once a case: it is the same on every launch.
    check: index === 0,
  });

/** Different for every launch of every case, and known from the run's seed. */
const launchSeed = (seed: number, { found, model, phase }: PlannedCase, index: number): number =>
  new Random(seed, `${found.plugin.id}/${model.id} ${phase} launch ${index}`).integer(2 ** 31);

/** Adds what a launch delivered. @returns whether it delivered anything worth keeping */
function absorb(known: Progress, { messages, ending }: Outcome): boolean {
  const measured = messages.find((message) => message.type === "measured");
  const checked = messages.find((message) => message.type === "checked");
  if (measured) {
    known.launches.push(measured.launch);
    known.cost = measured.cost;
    known.strays = measured.strays;
  }
  if (checked) known.correctness = checked.correctness;
  known.ending = ending;
  return measured !== undefined || ending !== null;
}

async function keep({ writer, terms }: Work, planned: PlannedCase, known: Progress): Promise<void> {
  const record = caseRecord(planned, known, terms);
  const present = writer.file.cases.some((other) => caseKey(other) === caseKey(record));
  await (present ? writer.replaceCase(record) : writer.append(record));
}
