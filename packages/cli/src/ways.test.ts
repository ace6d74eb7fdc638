import { readFileSync } from "node:fs";
import { findGpu } from "@epochmark/catalog";
import { expect, test } from "vitest";
import { wayLine, waysFor } from "./ways.ts";

const docs = readFileSync(new URL("../../../docs/platforms.md", import.meta.url), "utf8");

// The cards of the article that this project came from.
test.each([
  ["geforce-gtx-1050-ti", "GTX 1050 Ti"],
  ["geforce-gtx-titan-x", "GTX Titan X (Maxwell)"],
  ["radeon-540x", "Radeon 540X"],
  ["tesla-p100-pcie-16gb", "Tesla P100"],
  ["tesla-v100-pcie-32gb", "Tesla V100"],
  ["quadro-rtx-4000", "Quadro RTX 4000"],
  ["geforce-rtx-3090", "RTX 3090"],
])("the docs give %s the way that doctor gives it", (id, name) => {
  const gpu = findGpu(id)!;
  const row = docs.split("\n").find((line) => line.startsWith(`| ${name} `)) ?? "";
  const [, capability, first, then = ""] = row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.replaceAll("`", "").trim());
  expect(capability).toBe(gpu.computeCapability ?? "");
  const [preferred, ...others] = waysFor(gpu);
  expect(first).toBe(wayLine(preferred!));
  // The untried build is in the text, not in the table.
  const shown = others.filter(({ command }) => command !== "bench setup cuda --cuda 12");
  expect(then).toBe(shown.map(({ command, device }) => command ?? device).join("; "));
});
