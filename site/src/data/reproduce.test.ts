import { exampleCase, exampleRunFile } from "@epochmark/records/testing";
import { expect, it } from "vitest";
import { reproduceCommand } from "./reproduce.ts";

it("gives the batch of a workload that has no name, and keeps a shell from reading what a record says", async () => {
  const found = exampleCase({
    workload: { name: "explicit", batch: 3, inputs: [] },
    engine: { id: "tfjs-cpu", version: "4.22.0", device: "cpu; rm -r 'x'", threads: null, adapter: null },
  });
  expect(reproduceCommand(await exampleRunFile({ mode: "fast" }), found)).toBe(
    "npx -y pnpm@12 bench run vit/vit-small-patch16-224 --phase train --size full --batch 3 --engine tfjs-cpu" +
      " --device 'cpu; rm -r '\\''x'\\''' --precision fp32 --mode fast --seed 42",
  );
});

it("asks for all GPUs at the same time where that was measured", async () => {
  const command = reproduceCommand(await exampleRunFile(), exampleCase({ replicas: 2 }));
  expect(command).toContain(" --engine onnxruntime --replicas --precision fp32 ");
});
