import type { ReplicaCase } from "@epochmark/records";
import { afterEach, expect, it, vi } from "vitest";
import { showReplicas } from "./replicas.ts";

afterEach(() => void vi.restoreAllMocks());

/** What is printed, line by line, runs of spaces as one. */
function shown(cases: ReplicaCase[]): string[] {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  showReplicas(cases);
  return text.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | "));
}

const replica = (device: string, rate: number, alone: number | null): ReplicaCase["replicas"][number] => ({
  gpu: "geforce-rtx-3090",
  device,
  batch: 64,
  status: "ok",
  reason: null,
  warnings: [],
  imagesPerSecond: { median: rate, low: rate - 1, high: rate + 1 },
  alone: alone === null ? null : { run: "k3v9x0q2m7ab", imagesPerSecond: alone },
  ratio: alone === null ? null : { median: rate / alone, low: 0.88, high: 0.92, distinguishable: true },
});

const of = (replicas: ReplicaCase["replicas"], imagesPerSecond: number | null): ReplicaCase => ({
  model: "vit/vit-small-patch16-224",
  phase: "train",
  imagesPerSecond,
  replicas,
});

it("shows each GPU, what it keeps of its speed alone, and the sum", () => {
  const lines = shown([of([replica("cuda:0", 90, 100), replica("cuda:1", 190, 200)], 280)]);
  expect(lines).toContain("vit/vit-small-patch16-224 | train | cuda:0 | 64 | 90 | 100 | 90.0 % | 0.88 to 0.92 | ok");
  expect(lines).toContain("vit/vit-small-patch16-224 | train | cuda:1 | 64 | 190 | 200 | 95.0 % | 0.88 to 0.92 | ok");
  expect(lines).toContain("vit/vit-small-patch16-224 | train | all 2 | 280 | 300 | 93.3 %");
  expect(lines.join("\n")).not.toContain("not known");
});

it("says what tells where nothing was measured alone, and what was not beside the others", () => {
  const warnings = ["launch 1: 1 of 2 devices were measuring at the same time"];
  const broken = {
    ...replica("cuda:1", 1, null),
    imagesPerSecond: null,
    status: "oom" as const,
    reason: "out of memory",
  };
  const lines = shown([of([{ ...replica("cuda:0", 90, null), warnings }, broken], 90)]);
  expect(lines).toContain("vit/vit-small-patch16-224 | train | cuda:0 | 64 | 90 | - | - | - | ok");
  expect(lines).toContain("vit/vit-small-patch16-224 | train | cuda:1 | 64 | - | - | - | - | oom: out of memory");
  expect(lines).toContain("vit/vit-small-patch16-224 | train | 1 of 2 | 90 | - | -");
  expect(lines.join("\n")).toContain("the same words with --device all tell");
  expect(lines).toContain(`vit/vit-small-patch16-224 train on cuda:0: ${warnings[0]}`);
});
