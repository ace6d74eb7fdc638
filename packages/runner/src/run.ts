import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeDeviceState, type Sensor, sensorFor } from "@epochmark/hardware";
import { Random } from "@epochmark/plugin-kit";
import { newRunId, runFilePath } from "@epochmark/records";
import { RunFileWriter } from "@epochmark/records/node";
import type { Harness, RunFile } from "@epochmark/schema";
import type { Turnstile } from "./barrier.ts";
import { type Effort, effortFor, type RunMode } from "./budget.ts";
import type { Terms } from "./case-record.ts";
import { launchChild, type Launcher } from "./child/launch.ts";
import { enginesModule as ownEngines, probeEngines } from "./child/probe-engines.ts";
import type { Budget, EngineInfo } from "./child/protocol.ts";
import { discoverPlugins, type Discovery } from "./discover/discover.ts";
import type { RunEvent } from "./events.ts";
import { describeHarness } from "./harness.ts";
import { lockDevice } from "./lock.ts";
import { describeMachine, identityOf, type Machine } from "./machine.ts";
import { everyDevice, reasonFor, unusableGpus } from "./plan/device.ts";
import { choosePrecision, planCases, type Selection } from "./plan/plan.ts";
import { findUnfinished } from "./resume.ts";
import { runRounds } from "./rounds.ts";

export interface RunOptions extends Selection {
  /** Default: `ranked`. */
  mode?: RunMode;
  /** Launches a case, and times of a launch, where the mode's own do not fit. */
  launches?: number;
  budget?: Partial<Budget>;
  /** Threads of one operator on a CPU device. Default: all that this process may use. */
  threads?: number;
  /** Default: drawn. */
  seed?: number;
  /** Goes on with the newest run of this device and mode that was ended early. */
  resume?: boolean;
  /** Results folder. Default: the repository's own. */
  out?: string;
  /** Plugin folders or modules besides those of `pluginRoot`. */
  plugins?: readonly string[];
  pluginRoot?: string;
  /** `file:` address of a module that exports `engines` and `engineById`. */
  enginesModule?: string;
  /** Ends the run at once; what was measured is kept. */
  signal?: AbortSignal;
  onEvent?: (event: RunEvent) => void;
}

export interface RunResult {
  /** Where the run file is; null when the run ended before anything was measured. */
  path: string | null;
  run: RunFile;
  interrupted: boolean;
}

/** What a test replaces: who the machine is, and how a launch is done. */
export interface Surroundings {
  machine: () => Promise<Machine>;
  launch: Launcher;
  sensor?: Sensor | string;
  /** Where locks lie; the system's temporary folder by default. */
  lockFolder?: string;
}

export const thisMachine: Surroundings = { machine: describeMachine, launch: launchChild };
/** The repository's own. */
export const resultsFolder = fileURLToPath(new URL("../../../results/", import.meta.url));

/** What is known before anything is measured. */
export interface Survey {
  startedAt: string;
  enginesModule: string;
  plugins: Discovery["plugins"];
  pluginErrors: Discovery["errors"];
  engines: EngineInfo[];
  here: Machine;
  harness: Harness;
}

export async function survey(options: RunOptions, { machine, launch }: Surroundings): Promise<Survey> {
  const startedAt = new Date().toISOString();
  const enginesModule = options.enginesModule ?? ownEngines;
  const [{ plugins, errors: pluginErrors }, engines, here, harness] = await Promise.all([
    discoverPlugins(options.pluginRoot, options.plugins),
    probeEngines(enginesModule, launch, options.signal),
    machine(),
    describeHarness(),
  ]);
  return { startedAt, enginesModule, plugins, pluginErrors, engines, here, harness };
}

/**
 * Measures the selected cases on one device, each launch in a child process of its own, and keeps the run file on
 * disk true after every launch. Launches are interleaved over the cases (A B A B ...), so that a slow drift of the
 * machine meets all alike.
 *
 * @throws {UsageError} when the selection cannot be run; then nothing is written
 * @throws {RecordWriteError} when the run file cannot be written
 * @throws the signal's reason when it ended the run before the first launch
 */
export async function runBenchmark(
  options: RunOptions = {},
  surroundings: Surroundings = thisMachine,
): Promise<RunResult> {
  return measureOn(await survey(options, surroundings), options, surroundings);
}

/** The run itself, alone or as one of several that go on at the same time. */
export async function measureOn(
  { startedAt, enginesModule, plugins, pluginErrors, engines, here, harness }: Survey,
  options: RunOptions,
  { launch, sensor, lockFolder }: Surroundings,
  { replicas, turnstile }: { replicas: number; turnstile?: Turnstile } = { replicas: 1 },
): Promise<RunResult> {
  const { mode = "ranked", signal, onEvent = () => {} } = options;
  const skippedDevices = unusableGpus(engines, here.gpus, (device) => identityOf(device, here));
  const cases = planCases(options, plugins, engines);
  const [{ engine, device }] = cases as [(typeof cases)[0]];
  const gpu = identityOf(device, here);
  const why = reasonFor({ engine, device }, options, skippedDevices, engines);
  onEvent({ type: "machine", host: here.host, gpu, skippedDevices, why, pluginErrors });

  const effort = effortOf(options, mode, cases.length);
  const out = options.out ?? resultsFolder;
  const release = lockDevice(gpu, lockFolder);
  try {
    const writer = options.resume
      ? await RunFileWriter.resume((await findUnfinished(out, gpu, mode, harness)).path)
      : await newRun();
    const { path } = writer;
    const { seed } = writer.file;
    onEvent({ type: "plan", cases, mode, effort, seed, path });

    const threads = options.threads ?? here.threads;
    const terms: Terms = { mode, launches: effort.launches, threads, replicas, gpu };
    const { budget } = effort;
    const eyes = sensor ?? sensorFor(gpu, threads);
    const programs = await mkdtemp(join(tmpdir(), "epochmark-programs-"));
    const surrounded = { enginesModule, programs, launch, sensor: eyes, signal, onEvent, writer, turnstile };
    const work = { cases, terms, budget, seed, ...surrounded };
    const interrupted = await runRounds(work).finally(() => rm(programs, { recursive: true, force: true }));
    if (!interrupted) await writer.finish();
    const measured = writer.file.cases.length > 0;
    if (!measured) await rm(path, { force: true });
    return { path: measured ? path : null, run: writer.file, interrupted };
  } finally {
    release();
  }

  async function newRun(): Promise<RunFileWriter> {
    const seed = options.seed ?? drawnSeed();
    const head = { schemaVersion: 2 as const, id: newRunId(), startedAt, finishedAt: null, mode, seed, gpu };
    const deviceState = await describeDeviceState(gpu);
    const about = { host: here.host, harness, deviceState, skippedDevices };
    return RunFileWriter.create(join(out, runFilePath(head)), { ...head, ...about, cases: [] });
  }
}

/** Nobody's choice. */
export const drawnSeed = (): number => new Random(Date.now(), newRunId()).integer(2 ** 31);

/**
 * What `--device all` stands for: the engine and device words of every GPU that can be used here.
 *
 * @throws {UsageError} when there is nothing that can be used
 */
export async function devicesHere(
  { engine, precision, signal, enginesModule = ownEngines }: Omit<RunOptions, "device">,
  { machine, launch }: Surroundings = thisMachine,
): Promise<{ engine: string; device: string }[]> {
  const [engines, here] = await Promise.all([probeEngines(enginesModule, launch, signal), machine()]);
  const asked = { engine, precision: choosePrecision(precision) };
  const targets = everyDevice(engines, asked, (device) => identityOf(device, here));
  return targets.map((target) => ({ engine: target.engine.id, device: target.device.id }));
}

function effortOf({ launches, budget }: RunOptions, mode: RunMode, cases: number): Effort {
  const usual = effortFor(mode, cases);
  return { launches: launches ?? usual.launches, budget: { ...usual.budget, ...budget } };
}
