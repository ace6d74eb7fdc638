import type { Case, DeviceKind, Host, RunFile, Status } from "@epochmark/schema";
import { type Column, colors } from "./terminal.ts";

export const resultColumns: readonly Column[] = [
  { title: "model" },
  { title: "phase" },
  { title: "batch", align: "right" },
  { title: "img/s", align: "right" },
  { title: "95 % interval" },
  { title: "ms/step", align: "right" },
  { title: "peak memory", align: "right" },
  { title: "status" },
];

/** One case as a row of the table. */
export function resultRow({ plugin, model, phase, size, workload, summary, status, reason }: Case): string[] {
  const { median, low, high } = summary?.imagesPerSecond ?? { median: null, low: null, high: null };
  const single = summary ? "one launch" : "-";
  return [
    `${plugin}/${model}${size === "full" ? "" : ` (${size})`}`,
    phase,
    String(workload.batch),
    digits(median),
    low === null || high === null ? single : `${digits(low)} to ${digits(high)}`,
    digits(summary?.stepMs.median ?? null),
    memory(summary?.devicePeakMiB ?? summary?.hostPeakMiB ?? null),
    paint(status)(status) + (reason ? `: ${reason}` : ""),
  ];
}

/** `AMD EPYC 7B13, 2 threads, 24.0 GiB, linux x64, Node 24.1.0`. */
export function hostLine({ cpu, memoryMiB, os, arch, node, container, wsl }: Host): string {
  const where = [container ? "in a container" : "", wsl ? "in WSL" : ""].filter(Boolean);
  const parts = [cpu.name, `${cpu.threads} threads`, gib(memoryMiB), `${os} ${arch}`, ...where];
  return [...parts, `Node ${node.replace(/^v/, "")}`].join(", ");
}

/** `GeForce RTX 3090 (discrete, 24.0 GiB)`. */
export function deviceLine({ name, kind, memoryMiB }: RunFile["gpu"]): string {
  return `${name} (${kindWord[kind]}${memoryMiB === null ? "" : `, ${gib(memoryMiB)}`})`;
}

const kindWord: Record<DeviceKind, string> = {
  discrete: "discrete GPU",
  integrated: "integrated GPU",
  software: "software GPU",
  cpu: "CPU",
};

const paint = (status: Status): ((text: string) => string) => {
  if (status === "ok") return colors.green;
  return status === "failed" || status === "timeout" ? colors.red : colors.yellow;
};

/** Four significant digits, without an exponent: 0.01234, 12.34, 1234, 123456. */
export function digits(value: number | null): string {
  if (value === null) return "-";
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

function memory(mebibytes: number | null): string {
  return mebibytes === null ? "-" : `${Math.round(mebibytes)} MiB`;
}

function gib(mebibytes: number): string {
  return `${(mebibytes / 1024).toFixed(1)} GiB`;
}
