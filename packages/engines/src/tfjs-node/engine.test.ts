import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findCards } from "./cards.ts";
import { devices } from "./engine.ts";

const root = mkdtempSync(join(tmpdir(), "epochmark-cards-"));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("cards are those of NVIDIA's driver, in PCI order; WSL's door is one without a name", () => {
  expect(findCards(root)).toBeNull();
  write("dev/dxg", "");
  expect(findCards(root)).toBeNull();
  write("usr/lib/wsl/lib/libcuda.so.1", "");
  expect(findCards(root)).toEqual([{ name: null }]);
  write("proc/driver/nvidia/gpus/0000:0a:00.0/information", "Model: \t\t Tesla V100-SXM2-16GB\nIRQ:   \t\t 30\n");
  write("proc/driver/nvidia/gpus/0000:05:00.0/information", "Model: \t\t NVIDIA GeForce RTX 3090\n");
  mkdirSync(join(root, "proc/driver/nvidia/gpus/0000:0b:00.0"));
  expect(findCards(root)).toEqual([
    { name: "NVIDIA GeForce RTX 3090" },
    { name: "Tesla V100-SXM2-16GB" },
    { name: null },
  ]);
});

test("what is missing says which command adds it", () => {
  expect(devices(null, null).map(({ id, reason }) => [id, reason])).toEqual([
    ["cpu", "libtensorflow is not set up: bench setup tfjs-node adds it"],
    ["cuda", "no NVIDIA driver is installed"],
  ]);
  const cards = [{ name: "NVIDIA GeForce RTX 3090" }, { name: null }];
  expect(devices({ gpu: false }, cards)).toMatchObject([
    { id: "cpu", usable: true, reason: null },
    { id: "cuda:0", usable: false, reason: "libtensorflow is not set up: bench setup tfjs-node --gpu adds it" },
    { id: "cuda:1", usable: false },
  ]);
  expect(devices({ gpu: true }, cards)).toMatchObject([
    { id: "cpu", usable: true },
    { id: "cuda:0", kind: "discrete", name: "NVIDIA GeForce RTX 3090", usable: true, reason: null },
    { id: "cuda:1", name: null, usable: true },
  ]);
});
