import { expect, test } from "vitest";
import { makeReport, markdownReport, printReport } from "./report.ts";
import type { LaunchResult } from "./side.ts";

const launch = (software: string, stepsMs: number[], peakMiB: number | null): LaunchResult => ({
  stepsMs,
  peakMiB,
  memoryMethod: "constructed",
  operatorMs: { Conv: 3, aten__x: 1 },
  software,
});

function reported(epochmarkMs: number[], peakMiB: number | null = 600) {
  const round = {
    pytorch: launch("PyTorch 2", [400, 420, 410], 800),
    epochmark: launch("engine 1", epochmarkMs, peakMiB),
  };
  const row = { model: "vit/vit-small-patch16-224", phase: "infer" as const, batch: 8, origin: "timm 1" };
  return makeReport(2, [{ ...row, rounds: [round, round] }]);
}

const printed = (...asked: Parameters<typeof reported>) => printReport(reported(...asked));

test("the report names what ran, the times of both sides and their ratio", () => {
  const text = printed([205, 200, 210]);
  for (const part of [
    "vit/vit-small-patch16-224",
    "2 threads",
    "2 rounds",
    "PyTorch 2; timm 1",
    "engine 1",
    "410 (400-420)",
    "205 (200-210)",
    "0.50 (0.50-0.50)",
    "0.75 (0.75-0.75)",
  ])
    expect(text).toContain(part);
  expect(text).not.toContain("Careful");
});

test("a row that is slower here says where the time goes on both sides, a faster one does not", () => {
  const slower = "vit/vit-small-patch16-224 infer (1.22): here convolutions 75 %, arithmetic by element 25 %; PyTorch";
  expect(printed([500, 500, 500])).toContain(slower);
  expect(markdownReport(reported([500, 500, 500]))).toContain(`- ${slower}`);
  expect(printed([205, 200, 210])).not.toContain("Where the time goes");
});

test("a disturbed launch is said", () => {
  expect(printed([200, 205, 500])).toContain("Careful: within one launch");
});

test("unknown memory is said, not guessed", () => {
  expect(printed([200], null)).toContain("unknown");
});

test("the Markdown has a row for each model and phase, with as many cells as the head", () => {
  const lines = markdownReport(reported([205, 200, 210])).split("\n");
  const rows = lines.filter((line) => line.startsWith("|"));
  expect(rows).toHaveLength(3);
  expect(rows[2]).toBe(
    "| vit/vit-small-patch16-224 | infer | 8 | 410 (400-420) | 205 (200-210) | 0.50 (0.50-0.50) | 800 | 600 | 0.75 (0.75-0.75) |",
  );
  expect(new Set(rows.map((row) => row.split("|").length)).size).toBe(1);
});
