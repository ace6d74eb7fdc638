import { type Sensor, type Watch, watch } from "@epochmark/hardware";
import { Random } from "@epochmark/plugin-kit";
import { caseKey } from "@epochmark/records";
import type { RunFileWriter } from "@epochmark/records/node";
import { caseRecord, type Progress, type Terms } from "./case-record.ts";
import type { Launcher, Outcome } from "./child/launch.ts";
import type { Budget, MeasureRequest, Message } from "./child/protocol.ts";
import type { LaunchPlace, RunEvent } from "./events.ts";
import type { PlannedCase } from "./plan/plan.ts";

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
}

/**
 * All launches of all cases, interleaved: every round launches each case once. A case whose launch ends early is
 * launched no more. After each launch the case on disk says what is known of it.
 *
 * @returns whether the signal ended it
 */
export async function runRounds(work: Work): Promise<boolean> {
  const progress = work.cases.map((): Progress => ({
    launches: [],
    cost: null,
    correctness: null,
    ending: null,
    strays: {},
  }));
  for (let round = 0; round < work.terms.launches; round++)
    for (const [caseIndex, planned] of work.cases.entries()) {
      const known = progress[caseIndex]!;
      if (known.ending) continue;
      const outcome = await launchOnce(work, planned, { caseIndex, launch: round });
      const changed = absorb(known, outcome);
      if (changed) await keep(work, planned, known);
      if (outcome.interrupted) return true;
      if (known.ending || round === work.terms.launches - 1)
        work.onEvent({ type: "case-end", caseIndex, record: caseRecord(planned, known, work.terms) });
    }
  return false;
}

async function launchOnce(work: Work, planned: PlannedCase, place: LaunchPlace): Promise<Outcome> {
  const { budget, signal, onEvent } = work;
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
  const request = requestOf(work, planned, place.launch);
  const onStart = (pid: number): void => eyes.follow(pid);
  const outcome = await work.launch(request, { budgetMs: budget.launchMs, signal, onMessage: tell, onStart });
  const seen = eyes.end();
  onEvent({ type: "launch-end", ending: outcome.ending, ...place });
  return { ...outcome, messages: outcome.messages.map((message) => withConditions(message, seen)) };
}

/** A launch with what the sensor saw from outside; a processor's memory is the host's. */
function withConditions(message: Message, { conditions, memory }: ReturnType<Watch["end"]>): Message {
  if (message.type !== "measured") return message;
  const { launch } = message;
  const merged = Object.values(memory).some(({ value }) => value !== null) ? memory : {};
  return { ...message, launch: { ...launch, conditions, memory: { ...launch.memory, ...merged } } };
}

function requestOf(work: Work, planned: PlannedCase, index: number): MeasureRequest {
  const { found, model, phase, size, workload, engine, device, precision } = planned;
  return {
    type: "measure",
    enginesModule: work.enginesModule,
    pluginModule: found.module,
    model: model.id,
    phase,
    size,
    batch: workload.batch,
    build: workload.build,
    programs: work.programs,
    engine: engine.id,
    device: device.id,
    precision,
    environment: device.precisions?.[precision] ?? {},
    threads: work.terms.threads,
    launch: { index, seed: launchSeed(work.seed, planned, index) },
    budget: work.budget,
    // Once a case: it is the same on every launch.
    check: index === 0,
  };
}

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
