import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineById } from "@epochmark/engines";
import type { Arrays, Model } from "@epochmark/plugin-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import plugin from "../fixtures/plugin.fixture.ts";
import { open, type OpenRequest } from "./open.ts";
import { makeBatches } from "./stepper.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "epochmark-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const model: Model = plugin.models[0]!;
const request: OpenRequest = { model, phase: "train", size: "full", build: {}, batch: 4, seed: 3 };
const files = (): string[] => readdirSync(folder);

/** Losses and state of three steps, and what compiling took. */
async function threeSteps(asked = request): Promise<{ outputs: Arrays[]; state: Arrays; compileMs: number }> {
  const target = { engine: engineById("onnxruntime"), device: "cpu", threads: 1 };
  const { program, session } = await open(asked, target, folder);
  const outputs: Arrays[] = [];
  for (const batch of await makeBatches(asked, 3)) outputs.push(await session.run(batch));
  const state = await session.readState();
  await session.dispose();
  return { outputs, state, compileMs: program.compileMs };
}

test("a program that was read back computes the same bits, and says what compiling took", async () => {
  const first = await threeSteps();
  expect(files()).toHaveLength(1);
  expect(await threeSteps()).toEqual(first);
  expect(files()).toHaveLength(1);
});

test("other batches, phases and builds are other programs", async () => {
  await threeSteps();
  await threeSteps({ ...request, batch: 8 });
  await open({ ...request, phase: "infer" }, { engine: engineById("onnxruntime"), device: "cpu", threads: 1 }, folder);
  expect(files()).toHaveLength(3);
});

test("a damaged file is compiled anew and mended", async () => {
  const { outputs } = await threeSteps();
  writeFileSync(join(folder, files()[0]!), "damaged");
  expect((await threeSteps()).outputs).toEqual(outputs);
  const mended = await threeSteps();
  expect((await threeSteps()).compileMs).toBe(mended.compileMs);
});

test("a folder that cannot be written to costs nothing but the time", async () => {
  rmSync(folder, { recursive: true });
  const { outputs } = await threeSteps();
  expect(outputs).toHaveLength(3);
});
