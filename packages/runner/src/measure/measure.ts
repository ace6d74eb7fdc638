import type { Engine } from "@epochmark/engines";
import type { Plugin } from "@epochmark/plugin-kit";
import type { Conditions, Launch } from "@epochmark/schema";
import type { Gate, MeasureRequest, Message } from "../child/protocol.ts";
import { check } from "./check.ts";
import { readExpected } from "./expected.ts";
import { collectGarbage } from "./garbage.ts";
import { waitAt } from "./gates.ts";
import { peakMemory } from "./memory.ts";
import { open, type OpenRequest, type Target } from "./open.ts";
import { makeBatches, Stepper } from "./stepper.ts";
import { unforcedStepMs } from "./unforced.ts";
import { warmUp } from "./warm-up.ts";
import { stepsForSample, timeWindow } from "./window.ts";

const unknown = { known: false as const, reason: "told by the sensor outside of the process" };
const unknownConditions: Conditions = { power: unknown, clock: unknown, thermal: unknown, others: unknown };

type Send = (message: Message) => Promise<void>;

/** Shares of the launch's budget, from the start of the process, by which warm-up and window have ended. */
const latest = { warmUp: 0.4, window: 0.8 };

/**
 * One launch: from the model's source to raw samples, then (when asked) the correctness check in the same process.
 *
 * @throws UnsupportedError when the device cannot run the model, or what the model or the engine throws
 */
export async function measureCase(request: MeasureRequest, send: Send): Promise<void> {
  const { budget, launch: identity } = request;
  const clocks = { wall: Date.now(), monotonic: performance.now() };
  const target = await loadTarget(request);
  const opening = await openRequest(request);

  const { program, session } = await open(
    opening,
    target,
    request.programs,
    (stage) => void send({ type: "stage", stage }),
  );
  const batches = await makeBatches(opening);
  const names = program.outputs.map(({ name }) => name);
  const stepper = new Stepper(session, batches, request.phase, names);
  const step = (): Promise<unknown> => stepper.step();
  collectGarbage();

  await send({ type: "stage", stage: "first-step" });
  const firstStepMs = await timed(step);

  await send({ type: "stage", stage: "warm-up" });
  const warm = await warmUp(step, { budgetMs: budget.warmupMs, latestMs: left(budget.launchMs * latest.warmUp) });

  // What is waited for others is none of the launch's own time.
  let waitedMs = 0;
  const remaining = (share: number): number => left(budget.launchMs * share + waitedMs);
  const atGate = async (gate: Gate): Promise<void> => {
    if (request.gates) waitedMs += await waitAt(gate, step, send);
  };

  await atGate("window-start");
  await send({ type: "stage", stage: "window" });
  const k = stepsForSample(warm.stepMs, budget.windowMs);
  const engineBefore = stepper.engineMs;
  const losses: (number | null)[] = [];
  const window = await timeWindow(
    async () => {
      await stepper.step();
      if (losses.length < 2) losses.push(stepper.loss);
      else losses[1] = stepper.loss;
    },
    {
      stepsPerSample: k,
      windowMs: budget.windowMs,
      stopWhenPrecise: budget.stopWhenPrecise,
      minSamples: budget.minSamples,
      latestMs: remaining(latest.window),
      onSample: (index, sampleMs) => void send({ type: "sample", index, stepMs: sampleMs / k }),
    },
  );

  const overheadMs = rounded(Math.max(0, window.wallMs - (stepper.engineMs - engineBefore)));
  await atGate("window-end");
  const clockJumpMs = rounded(Date.now() - clocks.wall - (performance.now() - clocks.monotonic));
  const memory = peakMemory(request.device);
  const { placement, strays, operatorMs = {} } = session;
  await session.dispose();
  // Once a case, where the launch has the time for another session.
  const affordable = request.check && remaining(latest.window) > 2 * (session.sessionMs + firstStepMs);
  const unforced = affordable ? await unforcedStepMs(opening, target, batches, request.programs) : null;

  const launch: Launch = {
    ...identity,
    startedAt: new Date(clocks.wall).toISOString(),
    compileMs: rounded(program.compileMs),
    sessionMs: rounded(session.sessionMs),
    firstStepMs: rounded(firstStepMs),
    warmup: { ...warm.record, ms: rounded(warm.record.ms) },
    stepsPerSample: k,
    samplesMs: window.samplesMs.map(rounded),
    wallMs: rounded(window.wallMs),
    stop: window.stop,
    halfWidth: window.halfWidth,
    overheadMs,
    unforcedStepMs: unforced === null ? null : rounded(unforced),
    clockJumpMs,
    lossFirst: losses[0] ?? null,
    lossLast: losses.at(-1) ?? null,
    memory,
    conditions: unknownConditions,
    placement,
  };
  await send({ type: "measured", launch, cost: program.cost, strays, operatorMs });
  if (!request.check) return;

  await send({ type: "stage", stage: "check" });
  const { engineById } = await loadEngines(request.enginesModule);
  const expected = readExpected(request.pluginModule, request.model, request.phase);
  await send({ type: "checked", correctness: await check(opening, target, engineById("tfjs-cpu"), expected) });
}

interface EnginesModule {
  engineById(id: string): Engine;
}

const loadEngines = async (module: string): Promise<EnginesModule> => (await import(module)) as EnginesModule;

async function loadTarget({ enginesModule, engine, device, threads, launch }: MeasureRequest): Promise<Target> {
  const { engineById } = await loadEngines(enginesModule);
  // Where nodes land is the same on every launch; on a CPU there is nowhere else.
  return { engine: engineById(engine), device, threads, profile: launch.index === 0 || device !== "cpu" };
}

async function openRequest({
  pluginModule,
  model: id,
  phase,
  size,
  batch,
  build,
  precision,
  launch,
}: MeasureRequest): Promise<OpenRequest> {
  const { default: plugin } = (await import(pluginModule)) as { default: Plugin };
  const model = plugin.models.find((each) => each.id === id);
  if (!model) throw new Error(`plugin ${plugin.id} has no model "${id}" any more`);
  return { model, phase, size, build, batch, precision, seed: launch.seed };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** To 0.1 µs, about what the clock resolves: more digits would only fill the record. */
const rounded = (ms: number): number => Math.round(ms * 1e4) / 1e4;

/** Time left until a moment counted from the start of this process, in ms. */
const left = (untilMs: number): number => Math.max(0, untilMs - performance.now());
