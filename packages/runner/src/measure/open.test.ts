import { engineById } from "@epochmark/engines";
import { expect, test } from "vitest";
import plugin from "../fixtures/plugin.fixture.ts";
import { open } from "./open.ts";
import { makeBatches } from "./stepper.ts";

test("a step of half precision whose gradients overflow changes nothing but the loss's factor; later ones learn", async () => {
  const request = {
    model: plugin.models[0]!,
    phase: "train",
    size: "tiny",
    build: {},
    batch: 2,
    seed: 1,
    precision: "fp16",
  } as const;
  const target = { engine: engineById("onnxruntime"), device: "cpu", threads: 1 };
  const { session } = await open(request, target);
  const before = await session.readState();
  const [batch] = await makeBatches(request, 1);
  // Here halves are computed in single precision: beyond that are the gradients times 1024, but not the loss.
  const { total } = await session.run({ ...batch!, x: batch!.x!.map((value) => value * 1e19) });
  expect(total![0]).toBeLessThan(Infinity);
  expect(await session.readState()).toEqual({ ...before, loss_scale: Float32Array.of(512) });
  await session.run(batch!);
  const after = await session.readState();
  expect([after["loss_scale"], after["loss_scale_steps"]]).toEqual([Float32Array.of(512), Float32Array.of(1)]);
  for (const [name, values] of Object.entries(after)) {
    expect(values.every(Number.isFinite), name).toBe(true);
    if (!name.startsWith("loss_scale")) expect(values, name).not.toEqual(before[name]);
  }
  await session.dispose();
});
