import type { Case, Launch, RunFile } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";
import { formatProblem } from "./problem.ts";
import { validateRunFile } from "./validate.ts";

const problemsOf = async (changes: Partial<RunFile>, path?: string): Promise<string[]> => {
  const { problems } = await validateRunFile(await exampleRunFile(changes), path === undefined ? {} : { path });
  return problems.map((found) => formatProblem("", found));
};

const problemsOfCase = (changes: Partial<Case>, mode: RunFile["mode"] = "ranked"): Promise<string[]> =>
  problemsOf({ cases: [exampleCase(changes)], mode });

const launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index));
const changeLaunch = (index: number, changes: Partial<Launch>): Launch[] =>
  launches.with(index, { ...launches[index]!, ...changes });

test("a good record has neither problems nor warnings", async () => {
  const path = "results/geforce-rtx-3090/2026-09-01-k3v9x0q2m7ab.json";
  expect(await validateRunFile(await exampleRunFile(), { path })).toEqual({ problems: [], warnings: [] });
});

test("content that was changed after writing", async () => {
  const file = { ...(await exampleRunFile()), seed: 43 };
  const { problems } = await validateRunFile(file);
  expect(problems.map(({ path }) => path)).toEqual(["contentHash"]);
  expect(problems[0]?.message).toMatch(/^the content was changed after it was written: its hash is [0-9a-f]{64}$/);
});

const wrong = (path: string) => [expect.stringMatching(new RegExp(`^expected at geforce.*, found at ${path}$`))];

describe("folder and name", () => {
  test.each([
    ["/a/b/geforce-rtx-3090/2026-09-01-k3v9x0q2m7ab.json", []],
    ["a\\geforce-rtx-3090\\2026-09-01-k3v9x0q2m7ab.json", []],
    ["2026-09-01-k3v9x0q2m7ab.json", []],
    ["./2026-09-01-k3v9x0q2m7ab.json", []],
    ["2026-09-02-k3v9x0q2m7ab.json", wrong("2026-09-02-k3v9x0q2m7ab.json")],
    ["results/cpu/2026-09-01-k3v9x0q2m7ab.json", wrong("cpu/2026-09-01-k3v9x0q2m7ab.json")],
  ])("%s", async (path, expected) => {
    expect(await problemsOf({}, path)).toEqual(expected);
  });
});

describe("a summary that the samples do not give", () => {
  const { summary } = exampleCase();
  test("a figure", async () => {
    const better = { ...summary!, stepMs: { ...summary!.stepMs, median: summary!.stepMs.median * 0.999 } };
    expect(await problemsOfCase({ summary: better })).toEqual([
      expect.stringMatching(
        /^cases\[0\]\.summary\.stepMs\.median: expected 120\.07\d* from the samples, found 119\.\d+$/,
      ),
    ]);
  });
  test("a sample", async () => {
    const found = await problemsOfCase({ launches: changeLaunch(0, { wallMs: launches[0]!.wallMs - 1 }), summary });
    expect(found.map((line) => line.split(":")[0])).toEqual([
      "cases[0].summary.imagesPerSecond.median",
      "cases[0].summary.imagesPerSecond.low",
      "cases[0].summary.imagesPerSecond.high",
      "cases[0].summary.overhead",
    ]);
  });
  test("the last digits may differ between machines", async () => {
    expect(await problemsOfCase({ summary: { ...summary!, p5Ms: summary!.p5Ms * (1 + 1e-12) } })).toEqual([]);
  });
  test("none, or one without samples", async () => {
    expect(await problemsOfCase({ summary: null })).toEqual([
      "cases[0].summary: expected a summary of the samples, found null",
    ]);
    const oom: Partial<Case> = { status: "oom", reason: "12 GiB were asked for", launches: [], correctness: null };
    expect(await problemsOfCase({ ...oom, summary: null })).toEqual([]);
    expect(await problemsOfCase({ ...oom, summary })).toEqual([
      "cases[0].summary: expected null without any sample, found an object",
    ]);
  });
});

describe("a status that does not follow", () => {
  test("reasons", async () => {
    expect(await problemsOfCase({ reason: "it was slow" })).toEqual([
      'cases[0].reason: expected no reason for status ok, found "it was slow"',
    ]);
    expect(await problemsOfCase({ status: "throttled" })).toEqual([
      "cases[0].reason: expected a reason for status throttled, found null",
      "cases[0].status: expected ok, found throttled: nothing in its launches says so",
    ]);
  });
  test("ok without a passed check", async () => {
    expect(await problemsOfCase({ correctness: null })).toEqual([
      "cases[0].correctness: expected a passed check for status ok, found no check",
    ]);
    const failed = { ...exampleCase().correctness!, passed: false, reason: "the loss rose" };
    expect(await problemsOfCase({ correctness: failed })).toEqual([
      "cases[0].correctness: expected a passed check for status ok, found a failed one",
    ]);
    expect(await problemsOfCase({ correctness: failed, status: "failed", reason: "the loss rose" })).toEqual([]);
  });
  test("a check that did not pass by its own figures", async () => {
    const { correctness } = exampleCase();
    expect(await problemsOfCase({ correctness: { ...correctness!, relativeError: 0.1 } })).toEqual([
      "cases[0].correctness.passed: expected false, found true with an error of 0.1 over 0.0001",
    ]);
    expect(await problemsOfCase({ correctness: { ...correctness!, lossLast: 2.4 } })).toEqual([
      "cases[0].correctness.passed: expected false, found true with a loss from 2.3 to 2.4",
    ]);
  });
  test("ok with too few launches", async () => {
    const few = launches.slice(0, 4);
    expect(await problemsOfCase({ launches: few })).toEqual([
      "cases[0].launches: expected 5 or more launches with samples for status ok in mode ranked, found 4",
    ]);
    expect(await problemsOfCase({ launches: few.slice(0, 1) }, "fast")).toEqual([]);
    expect(await problemsOfCase({ launches: [] }, "fast")).toEqual([
      "cases[0].launches: expected 1 or more launches with samples for status ok in mode fast, found 0",
    ]);
  });
  test("ok though the launches were unstable", async () => {
    const restless = changeLaunch(3, { warmup: { steps: 3, ms: 60_000, settled: false } });
    expect(await problemsOfCase({ launches: restless })).toEqual([
      "cases[0].status: expected unstable, found ok: the warm-up had not settled when its budget ended (1 of 5 launches)",
    ]);
    expect(await problemsOfCase({ launches: restless, status: "unstable", reason: "the warm-up" })).toEqual([]);
  });
});

describe("launches", () => {
  test("in order", async () => {
    expect(await problemsOfCase({ launches: changeLaunch(1, { index: 0 }) })).toEqual([
      "cases[0].launches[1].index: expected launches in order, found 0",
    ]);
  });
  test("without a wall time", async () => {
    const found = await problemsOfCase({ launches: changeLaunch(1, { wallMs: 0 }), summary: exampleCase().summary });
    expect(found).toContain("cases[0].launches[1].wallMs: expected the wall time of the samples' window, found 0");
  });
  test("memory is a value with its method, or null with its reason", async () => {
    const memory = { ...launches[0]!.memory, devicePeakMiB: { value: null, method: "counter", reason: null } };
    expect(await problemsOfCase({ launches: changeLaunch(0, { memory }) })).toEqual([
      "cases[0].launches[0].memory.devicePeakMiB: expected a value with its method, or null with its reason",
    ]);
  });
});

test("the same case twice", async () => {
  expect(await problemsOf({ cases: [exampleCase(), exampleCase()] })).toEqual([
    expect.stringMatching(
      /^cases\[1\]: the same case as cases\[0\]: vit\/vit-small-patch16-224 train full explicit 8 /,
    ),
  ]);
});

test("times", async () => {
  expect(await problemsOf({ finishedAt: "2026-08-31T10:00:00.000Z" })).toEqual([
    "finishedAt: expected a time after startedAt, found 2026-08-31T10:00:00.000Z",
  ]);
  const early = changeLaunch(2, { startedAt: "2026-08-30T10:00:00.000Z" });
  const { problems, warnings } = await validateRunFile(
    await exampleRunFile({ cases: [exampleCase({ launches: early })] }),
  );
  expect(problems).toEqual([]);
  expect(warnings.map(({ path }) => path)).toEqual(["cases[0].launches[2].startedAt"]);
});

test.each(["/home/ada/run.log", "at /Users/ada/x", "C:\\Users\\ada", "file:///tmp/x", "\\\\server\\share\\x"])(
  "a path of the machine: %s",
  async (path) => {
    const found = await problemsOfCase({ status: "failed", reason: `cannot open ${path}` });
    expect(found).toEqual([expect.stringMatching(/^cases\[0\]\.reason: expected no path of the machine, found /)]);
  },
);

test.each([
  ["GPU-8a56a4bc-f9c1-4d6f-9d3f-0123456789ab is busy", "serial number of a device"],
  ["adapter 00:1b:44:11:3a:b7", "network address"],
  ["ask ada@example.org", "e-mail address"],
])("%s names a machine or a person", async (reason, what) => {
  const found = await problemsOfCase({ status: "failed", reason });
  expect(found).toEqual([expect.stringMatching(`^cases\\[0\\]\\.reason: expected no ${what}, found `)]);
});

test("counters, node names, units and addresses are no paths of the machine", async () => {
  const reason = "VmHWM of /proc/self/status, /blocks.0/attn/MatMul, 8 img/s, and/or https://example.org/home/x";
  expect(await problemsOfCase({ status: "failed", reason })).toEqual([]);
});
