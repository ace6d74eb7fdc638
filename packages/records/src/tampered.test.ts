import type { Case, Launch, RunFile } from "@epochmark/schema";
import { expect, test } from "vitest";
import { contentHash } from "./hash.ts";
import { summarize } from "./summary.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";
import { validateRunFile } from "./validate.ts";

type Draft = { -readonly [Key in keyof RunFile]: RunFile[Key] };
const now = Date.parse("2026-09-02T00:00:00.000Z");
const good = await exampleRunFile();

/** Where a record is found untrue that was changed by hand and then given fitting summaries and a fitting hash. */
const tampered = async (change: (file: Draft, first: Case, launch: Launch) => void): Promise<string[]> => {
  const file = structuredClone(good);
  change(file, file.cases[0]!, file.cases[0]!.launches[0]!);
  for (const each of file.cases) each.summary = summarize(each.launches, each.workload.batch);
  file.contentHash = await contentHash(file);
  const { problems } = await validateRunFile(file, { now });
  return problems.map(({ path }) => path);
};

test("unchanged it is true", async () => {
  expect(await tampered(() => {})).toEqual([]);
});

const inLaunch = (path: string): string => `cases[0].launches[0].${path}`;
test.each<[string, (file: Draft, first: Case, launch: Launch) => void, path: string]>([
  ["samples beyond their window", (_, __, launch) => void (launch.samplesMs[3]! *= 2), inLaunch("wallMs")],
  ["samples far below their window", (_, __, launch) => void (launch.wallMs *= 1.05), "cases[0].status"],
  ["samples that were smoothed", (_, __, launch) => void launch.samplesMs.fill(120), inLaunch("halfWidth")],
  [
    "a half-width that is better than the samples",
    (_, __, launch) => void (launch.halfWidth = 1e-5),
    inLaunch("halfWidth"),
  ],
  [
    "an end that its samples do not give",
    (_, __, launch) => Object.assign(launch, { samplesMs: launch.samplesMs.slice(0, 5), halfWidth: null, wallMs: 607 }),
    inLaunch("stop"),
  ],
  ["more overhead than window", (_, __, launch) => void (launch.overheadMs = 1e6), inLaunch("overheadMs")],
  [
    "a launch that was copied",
    (_, { launches }) => void (launches[4] = { ...launches[0]!, index: 4, seed: 9 }),
    "cases[0].launches[4].samplesMs",
  ],
  [
    "one seed for two launches",
    (_, { launches }) => void (launches[1]!.seed = launches[0]!.seed),
    "cases[0].launches[1].seed",
  ],
  ["a loss that was left out", (_, __, launch) => void (launch.lossLast = null), inLaunch("lossLast")],
  [
    "a peak under its own ends",
    (_, __, launch) => {
      const { conditions } = launch;
      launch.conditions = {
        ...conditions,
        thermal: { known: true, method: "tool", startC: 60, endC: 80, maxC: 70, throttleReasons: [] },
      };
    },
    inLaunch("conditions.thermal.maxC"),
  ],
  ["no cost, so that no rate is too high", (_, first) => void (first.cost = null), "cases[0].cost"],
  ["FLOPs of another model", (_, { cost }) => void (cost!.flops *= 2), "cases[0].cost.flops"],
  ["FLOPs off by a little", (_, { cost }) => void (cost!.flops *= 1.001), "cases[0].cost.flops"],
  ["next to no FLOPs executed", (_, { cost }) => void (cost!.flopsExecuted = 1), "cases[0].cost.flopsExecuted"],
  ["all of it Winograd's", (_, { cost }) => void (cost!.winogradFlops = cost!.flops), "cases[0].cost.winogradFlops"],
  ["another network's parameters", (_, { cost }) => void (cost!.parameters += 1), "cases[0].cost.parameters"],
  ["another network's state", (_, { cost }) => void (cost!.stateBytes += 4), "cases[0].cost.stateBytes"],
  ["less traffic than state", (_, { cost }) => void (cost!.compulsoryBytes = 0), "cases[0].cost.compulsoryBytes"],
  ["a phase that the model has not", (_, first) => void (first.phase = "online"), "cases[0].phase"],
  [
    "another card's id",
    ({ gpu }) => Object.assign(gpu, { id: "geforce-rtx-4090", name: "GeForce RTX 4090" }),
    "gpu.rawNames",
  ],
  ["an id whose name is another's", ({ gpu }) => Object.assign(gpu, { id: "geforce-rtx-4090" }), "gpu.name"],
  ["an id of another vendor", ({ gpu }) => Object.assign(gpu, { vendor: "amd" }), "gpu.vendor"],
  ["a memory that the card has not", ({ gpu }) => Object.assign(gpu, { memoryMiB: 81_920 }), "gpu.memoryMiB"],
  [
    "a processor's figures under a card's id",
    (_, { engine }) => Object.assign(engine, { device: "cpu" }),
    "cases[0].engine.device",
  ],
  [
    "a card's figures under a processor's id",
    ({ gpu, host }) => Object.assign(gpu, { id: "cpu-amd-epyc-7543", kind: "cpu", name: host.cpu.name }),
    "cases[0].engine.device",
  ],
  [
    "a processor that is not the host's",
    ({ gpu }) => Object.assign(gpu, { id: "cpu-amd-epyc-9654", kind: "cpu", name: "AMD EPYC 9654" }),
    "gpu.name",
  ],
  [
    "a check that allows anything",
    (_, { correctness }) => Object.assign(correctness!, { tolerance: 10, relativeError: 1 }),
    "cases[0].correctness.tolerance",
  ],
  [
    "a check that compared nothing",
    (_, { correctness }) => Object.assign(correctness!, { relativeError: null }),
    "cases[0].correctness.relativeError",
  ],
  [
    "a check whose loss was not looked at",
    (_, { correctness }) => Object.assign(correctness!, { lossFirst: null, lossLast: null }),
    "cases[0].correctness.lossFirst",
  ],
  [
    "a fault that its launches do not show",
    (_, first) => Object.assign(first, { status: "throttled", reason: "launch 0: the clock fell" }),
    "cases[0].status",
  ],
  [
    "nodes on the CPU that are not spoken of",
    (_, { launches }) => Object.assign(launches[4]!.placement, { CPUExecutionProvider: 12 }),
    "cases[0].status",
  ],
  [
    "nodes on the CPU that are none",
    (_, first) => Object.assign(first, { status: "cpu_fallback", reason: "12 of 4189 nodes ran on the CPU: Loop" }),
    "cases[0].status",
  ],
  [
    "a failed check that counts as unstable",
    (_, first) => {
      first.status = "unstable";
      first.reason = "only 5 of 6 launches were done";
      first.correctness!.passed = false;
    },
    "cases[0].correctness",
  ],
  ["a run of tomorrow", (file) => void (file.startedAt = "2026-09-09T10:00:00.000Z"), "startedAt"],
  [
    "a launch of tomorrow",
    (_, __, launch) => void (launch.startedAt = "2036-09-01T10:00:00.000Z"),
    inLaunch("startedAt"),
  ],
  ["an end of tomorrow", (file) => void (file.finishedAt = "2036-09-01T10:00:00.000Z"), "finishedAt"],
  [
    "a rate that nothing reaches",
    (_, first) => void (first.launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, 1))),
    "cases[0].summary",
  ],
  [
    "a rate that nothing reaches, of an unknown card",
    ({ gpu }, first) => {
      Object.assign(gpu, { id: "geforce-of-tomorrow", name: "GeForce of tomorrow", rawNames: [] });
      first.launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, 0.1));
    },
    "cases[0].summary",
  ],
])("%s", async (_, change, path) => {
  expect(await tampered(change)).toContain(path);
});

test("what differs from the table is odd where the plugin is of another version", async () => {
  const { cost } = exampleCase();
  const of = exampleCase({ pluginVersion: "0.0.9", cost: { ...cost!, flops: cost!.flops * 1.1 } });
  const { problems, warnings } = await validateRunFile(await exampleRunFile({ cases: [of] }), { now });
  expect(problems).toEqual([]);
  expect(warnings.map(({ path }) => path)).toEqual(["cases[0].cost.flops"]);
});

test("FLOPs of a smaller crop go with its pixels", async () => {
  const inputs = (side: number) => [{ name: "blurred", shape: [8, 3, side, side], dtype: "float32" as const }];
  const of = { plugin: "deblur", model: "deblurgan", phase: "infer" } as const;
  const workload = { name: "explicit" as const, batch: 8, inputs: inputs(128) };
  const { cost } = exampleCase({ ...of, workload });
  const warned = async (factor: number) => {
    const scaled = { ...cost!, flops: cost!.flops * factor, flopsExecuted: cost!.flops * factor };
    const { problems, warnings } = await validateRunFile(
      await exampleRunFile({ cases: [exampleCase({ ...of, workload, cost: scaled })] }),
      { now },
    );
    expect(problems).toEqual([]);
    return warnings.map(({ message }) => message);
  };
  expect(await warned(1 / 4)).toEqual([]);
  expect(await warned(1 / 80)).toEqual([expect.stringMatching(/^expected about 1\.98e\+11 of inputs of this size/)]);
});

test("launches that took longer than their run are odd: a clock was set back, or a time was made up", async () => {
  const { warnings } = await validateRunFile(await exampleRunFile({ finishedAt: "2026-09-01T10:00:20.000Z" }), { now });
  expect(warnings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^the run lasted 20 s, its launches \d+ s$/),
  );
});

test("a named workload of another size than today's is odd", async () => {
  const { workload } = exampleCase();
  const of = exampleCase({ workload: { ...workload, name: "paper" } });
  const { problems, warnings } = await validateRunFile(await exampleRunFile({ cases: [of] }), { now });
  expect(problems).toEqual([]);
  expect(warnings.map(({ path }) => path)).toEqual(["cases[0].workload.batch"]);
});
