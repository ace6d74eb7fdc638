/**
 * A child process of the test that engines agree: some steps of a model's tiny size on one engine, in a process of its
 * own. Prints the losses of every step and where nodes ran, as JSON.
 */
import { engineById } from "@epochmark/engines";
import { discoverPlugins } from "../src/discover/discover.ts";
import { findModel } from "../src/discover/find-model.ts";
import { prepare } from "../src/measure/open.ts";
import { makeBatches } from "../src/measure/stepper.ts";
import type { Asked, Told } from "./losses.ts";

const asked = JSON.parse(process.argv[2]!) as Asked;
const { model: name, engine, device, batch, build, seed = 1, learningRate, steps } = asked;
const { plugins } = await discoverPlugins();
const { model } = findModel(plugins, name);
const request = { model, phase: "train", size: "tiny", build, batch, seed } as const;
const { program, state } = prepare(request);
const session = await engineById(engine).load(program, { device, threads: 1, state });
const losses: Told["losses"] = [];
for (const inputs of await makeBatches(request, steps)) {
  inputs["learningRate"]!.fill(learningRate);
  const outputs = await session.run(inputs);
  const scalars = Object.entries(outputs).filter(([, values]) => values.length === 1);
  losses.push(Object.fromEntries(scalars.map(([term, values]) => [term, values[0]!])));
}
const { placement, strays } = session;
process.stdout.write(`\n${JSON.stringify({ losses, placement, strays } satisfies Told)}`, () => process.exit());
