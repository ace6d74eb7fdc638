import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { launchChild, type Outcome } from "./launch.ts";
import { probeEngines } from "./probe-engines.ts";
import type { MeasureRequest } from "./protocol.ts";

const enginesModule = new URL("../fixtures/engines.fixture.ts", import.meta.url).href;
const pluginModule = new URL("../fixtures/plugin.fixture.ts", import.meta.url).href;

const request = (engine: string, changes: Partial<MeasureRequest> = {}): MeasureRequest => ({
  type: "measure",
  enginesModule,
  pluginModule,
  model: "line-a",
  phase: "train",
  size: "full",
  batch: 4,
  build: {},
  engine,
  device: "cpu",
  precision: "fp32",
  environment: {},
  threads: 1,
  launch: { index: 0, seed: 7 },
  budget: { warmupMs: 100, windowMs: 250, minSamples: 2, stopWhenPrecise: true, launchMs: 30_000 },
  check: false,
  ...changes,
});

const launch = (engine: string, changes?: Partial<MeasureRequest>, budgetMs = 30_000): Promise<Outcome> =>
  launchChild(request(engine, changes), { budgetMs });

test("a launch gives samples in time order, the stages before them, and a passed check", async () => {
  const heard: string[] = [];
  const outcome = await launchChild(request("good", { check: true }), {
    budgetMs: 30_000,
    onMessage: ({ type }) => heard.push(type),
  });
  expect(outcome.ending).toBeNull();
  const stages = outcome.messages.flatMap((message) => (message.type === "stage" ? [message.stage] : []));
  expect(stages).toEqual(["compile", "session", "first-step", "warm-up", "window", "check"]);
  const measured = outcome.messages.find((message) => message.type === "measured")!;
  const { launch: found, cost } = measured;
  expect(found).toMatchObject({ index: 0, seed: 7 });
  expect(cost.parameters).toBe(16);
  const samples = outcome.messages.flatMap((message) => (message.type === "sample" ? [message.stepMs] : []));
  expect(found.samplesMs).toEqual(samples.map((ms) => expect.closeTo(ms * found.stepsPerSample, 3)));
  expect(found.samplesMs.length).toBeGreaterThanOrEqual(2);
  expect(found.wallMs).toBeGreaterThan(found.samplesMs.reduce((sum, ms) => sum + ms, 0) - 0.01);
  expect(found.wallMs).toBeGreaterThanOrEqual(250);
  expect(found.memory.hostPeakMiB.value).toBeGreaterThan(20);
  expect(found.lossLast).not.toBe(found.lossFirst);
  expect(outcome.messages.find((message) => message.type === "checked")?.correctness).toMatchObject({ passed: true });
  expect(heard).toEqual(outcome.messages.map(({ type }) => type));
});

test("an engine that computes something else fails its check", async () => {
  const { ending, messages } = await launch("wrong", { check: true });
  expect(ending).toBeNull();
  const checked = messages.find((message) => message.type === "checked")!;
  expect(checked.correctness.passed).toBe(false);
  expect(checked.correctness.reason).toMatch(/differ from the reference engine by \d/);
});

test.each([
  ["abort", "failed", /by signal SIGABRT during /],
  ["exit", "failed", /with exit code 3 during /],
  ["throw", "failed", /^cannot read \[path\].* \(during /],
  ["not-a-number", "failed", /loss of step 1 is NaN, not a finite number \(during first-step\)/],
  ["garbage", "failed", /sent a message that the runner does not know/],
  ["killed-by-system", "oom", /killed by the system during /],
  ["out-of-memory", "oom", /allocation failed/],
  ["refusing", "unsupported", /^this device has no such kernel: take another$/],
  ["no-such-engine", "failed", /there is no engine/],
])("engine %s ends as %s", async (engine, status, reason) => {
  const { ending, messages } = await launch(engine);
  expect(ending).toMatchObject({ status, reason: expect.stringMatching(reason) });
  expect(ending?.reason).not.toContain("\n");
  expect(messages.some(({ type }) => type === "measured")).toBe(false);
});

test("what a plugin prints on stdout harms nothing", async () => {
  expect((await launch("chatty")).ending).toBeNull();
});

test("a hang past the budget is a timeout that says where", async () => {
  const { ending } = await launch("hang", {}, 8000);
  expect(ending).toMatchObject({
    status: "timeout",
    reason: expect.stringMatching(/^no result within 8 s \(during w/),
  });
});

test("at its gates a launch waits for the runner's word, and what it waits is not its own time", async () => {
  const heard: string[] = [];
  const budgetMs = 12_000;
  const { ending, messages } = await launchChild(request("restless", { gates: true }), {
    budgetMs,
    onMessage: (message) => heard.push(message.type === "stage" ? message.stage : message.type),
    async onGate(gate) {
      if (gate === "window-start") await delay(budgetMs);
      heard.push(`through ${gate}`);
    },
  });
  expect(ending).toBeNull();
  const order = [
    "warm-up",
    "gate",
    "through window-start",
    "window",
    "sample",
    "gate",
    "through window-end",
    "measured",
  ];
  expect(heard.filter((word, i) => order.includes(word) && word !== heard[i - 1])).toEqual(order);
  const measured = messages.find((message) => message.type === "measured")!;
  expect(measured.launch.wallMs).toBeLessThan(budgetMs);
}, 60_000);

test("an abort ends a blocked child at once", async () => {
  const controller = new AbortController();
  let aborted = 0;
  const outcome = await launchChild(request("hang"), {
    budgetMs: 30_000,
    signal: controller.signal,
    onMessage(message) {
      if (message.type !== "stage" || message.stage !== "warm-up") return;
      aborted = performance.now();
      controller.abort();
    },
  });
  expect(outcome).toMatchObject({ interrupted: true, ending: null });
  expect(performance.now() - aborted).toBeLessThan(3000);
});

test("engines are probed in a child, and one whose probe throws hides no other", async () => {
  const engines = await probeEngines(enginesModule);
  expect(engines.find(({ id }) => id === "good")?.devices[0]).toMatchObject({ id: "cpu", usable: true });
  const refusing = engines.find(({ id }) => id === "refusing");
  expect(refusing?.devices[0]).toMatchObject({ usable: false, reason: "no driver in x.so" });
});
