import { expect, test } from "vitest";
import { peers } from "./peers.ts";
import { makeReport, printReport } from "./report.ts";
import type { LaunchResult } from "./side.ts";

const launch = (software: string, stepsMs: number[], peakMiB: number | null): LaunchResult => ({
  stepsMs,
  peakMiB,
  memoryMethod: "constructed",
  software,
});

function printed(epochmarkMs: number[], peakMiB: number | null = 600): string {
  const round = {
    pytorch: launch("PyTorch 2", [400, 420, 410], 800),
    epochmark: launch("engine 1", epochmarkMs, peakMiB),
  };
  const asked = { model: "vit/vit-small-patch16-224", batch: 8, threads: 2 };
  return printReport(makeReport(peers.vit!, asked, new Map([["infer", [round, round]]])));
}

test("the report names what ran, the times of both sides and their ratio", () => {
  const text = printed([205, 200, 210]);
  for (const part of [
    "batch 8",
    "2 threads",
    "2 rounds",
    "PyTorch 2, timm",
    "engine 1",
    "410 (400-420)",
    "205 (200-210)",
    "0.50 (0.50-0.50)",
    "0.75 (0.75-0.75)",
  ])
    expect(text).toContain(part);
  expect(text).not.toContain("Careful");
});

test("a disturbed launch is said", () => {
  expect(printed([200, 205, 500])).toContain("Careful: within one launch");
});

test("unknown memory is said, not guessed", () => {
  expect(printed([200], null)).toContain("unknown");
});
