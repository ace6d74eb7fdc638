import type { Case } from "@epochmark/schema";
import { expect, it } from "vitest";
import { deviceLine, digits, hostLine, resultColumns, resultRow } from "./results.ts";

const measured: Case = {
  plugin: "vit",
  pluginVersion: "1.0.0",
  model: "vit-small-patch16-224",
  phase: "train",
  size: "full",
  workload: { name: "small", batch: 8, inputs: [] },
  engine: { id: "onnxruntime", version: "1.30.0", device: "cpu", threads: 2, adapter: null },
  precision: "fp32",
  replicas: 1,
  status: "ok",
  reason: null,
  warnings: [],
  batchSearch: null,
  cost: null,
  correctness: null,
  launches: [],
  summary: {
    stepMs: { median: 1432.25, low: 1400, high: 1470 },
    imagesPerSecond: { median: 5.58561, low: 5.44218, high: 5.71429 },
    p5Ms: 1390,
    p95Ms: 1500,
    interval: "t-log-launch-medians",
    launches: 5,
    samples: 60,
    hostPeakMiB: 2811.6,
    devicePeakMiB: null,
    joulesPerImage: null,
    overhead: null,
    slopePercentPerMinute: null,
  },
};

it("shows a measured case with its interval and units", () => {
  expect(resultRow(measured)).toEqual([
    "vit/vit-small-patch16-224",
    "train",
    "8",
    "5.586",
    "5.442 to 5.714",
    "1432",
    "2812 MiB",
    "ok",
  ]);
  expect(resultRow(measured)).toHaveLength(resultColumns.length);
});

it("says when one launch gives no interval, and which memory is the device's", () => {
  const summary = { ...measured.summary!, devicePeakMiB: 900.4 };
  summary.imagesPerSecond = { median: 5.5, low: null, high: null };
  expect(resultRow({ ...measured, summary }).slice(3, 7)).toEqual(["5.5", "one launch", "1432", "900 MiB"]);
});

it("shows why a case was not measured", () => {
  const failed: Case = { ...measured, size: "tiny", summary: null, status: "oom", reason: "killed for memory" };
  const [model, , , rate, interval, , peak, status] = resultRow(failed);
  expect([model, rate, interval, peak, status]).toEqual([
    "vit/vit-small-patch16-224 (tiny)",
    "-",
    "-",
    "-",
    "oom: killed for memory",
  ]);
});

it("prints numbers in four digits and never in exponents", () => {
  expect([0.012345, 12.3456, 999.96, 123456.7, null].map(digits)).toEqual(["0.01235", "12.35", "1000", "123457", "-"]);
});

it("describes host and device in one line each", () => {
  const cpu = { name: "AMD EPYC 7B13", vendor: "AMD", physicalCores: 1, threads: 2 };
  const host = { osVersion: "6.1", arch: "x64", cpu, memoryMiB: 24576, wsl: false, node: "v24.1.0" };
  expect(hostLine({ ...host, os: "linux", container: true })).toBe(
    "AMD EPYC 7B13, 2 threads, 24.0 GiB, linux x64, in a container, Node 24.1.0",
  );
  const gpu = {
    id: "geforce-rtx-3090",
    vendor: "nvidia",
    driver: null,
    rawNames: [],
    inferred: false,
    pciBus: null,
  } as const;
  expect(deviceLine({ ...gpu, rawNames: [], name: "GeForce RTX 3090", kind: "discrete", memoryMiB: 24576 })).toBe(
    "GeForce RTX 3090 (discrete GPU, 24.0 GiB)",
  );
});
