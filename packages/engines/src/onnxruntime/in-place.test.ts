import type { Arrays, Program } from "@epochmark/compiler";
import { expect, test } from "vitest";
import { batch, initial, program, trainStep } from "../steps.fixture.ts";
import { onnxruntime } from "./engine.ts";

async function fiveSteps(compiled: Program): Promise<{ outputs: Arrays[]; state: Arrays }> {
  const session = await onnxruntime.load(compiled, { device: "cpu", threads: 2, state: initial(compiled.step) });
  const outputs: Arrays[] = [];
  for (const index of [1, 2, 3, 4, 5]) outputs.push(await session.run(batch(index)));
  const state = await session.readState();
  await session.dispose();
  return { outputs, state };
}

const slots = { momentum: ["b"], adam: ["m", "v"], adamW: ["m", "v"] };

test.each(["momentum", "adam", "adamW"] as const)(
  "%s: optimizer slots written over give the bits that separate buffers give",
  async (rule) => {
    const compiled = program(trainStep(rule));
    const parameters = ["w1", "b1", "w2", "b2"];
    expect(compiled.inPlace).toEqual(
      expect.arrayContaining(slots[rule].flatMap((slot) => parameters.map((name) => `${slot}/${name}`))),
    );
    expect(await fiveSteps(compiled)).toEqual(await fiveSteps({ ...compiled, inPlace: [] }));
  },
);
