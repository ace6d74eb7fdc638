import type { Arrays, Program } from "@epochmark/compiler";
import { engineById } from "@epochmark/engines";
import { useSoftwareGpu } from "@epochmark/engines/testing";
import type { Model } from "@epochmark/plugin-kit";
import type { Phase } from "@epochmark/schema";
import { afterAll, describe, expect, test } from "vitest";
import { discoverPlugins } from "./discover/discover.ts";
import { type OpenRequest, prepare } from "./measure/open.ts";
import { makeBatches, Stepper } from "./measure/stepper.ts";

/**
 * The same program, seed and batches on every engine at hand: losses over five steps agree, and WebGPU runs every node.
 * One model of each network: those whose tiny configs trace to the same operations are one.
 */
const steps = 5;
const noGpu = await useSoftwareGpu();
const { plugins, errors } = await discoverPlugins();

interface Subject {
  name: string;
  request: OpenRequest;
}

const subjects = plugins.flatMap(({ plugin, manifest }) => {
  const known = new Set<string>();
  return plugin.models.flatMap((model: Model) => {
    const phases: readonly Phase[] = manifest.models.find(({ id }) => id === model.id)?.phases ?? [];
    return phases.flatMap((phase): Subject[] => {
      const request: OpenRequest = { model, phase, size: "tiny", build: {}, batch: 2, seed: 1 };
      const isNew = known.size !== known.add(`${phase} ${operations(prepare(request).program)}`).size;
      return isNew ? [{ name: `${plugin.id}/${model.id} ${phase}`, request }] : [];
    });
  });
});

function operations({ graph }: Program): string {
  return graph.nodes.map(({ op }) => op).join();
}

async function run(
  { request }: Subject,
  engine: string,
  device: string,
): Promise<{ losses: Arrays[]; placement: Record<string, number>; strays: Record<string, number> }> {
  const { program, state } = prepare(request);
  const session = await engineById(engine).load(program, { device, threads: 1, state });
  try {
    const names = program.outputs.map(({ name }) => name);
    const stepper = new Stepper(session, await makeBatches(request, 2), request.phase, names);
    const losses: Arrays[] = [];
    for (let i = 0; i < (request.phase === "infer" ? 1 : steps); i++) {
      const outputs = await stepper.step();
      losses.push(Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, values.slice()])));
    }
    return { losses, placement: session.placement, strays: session.strays };
  } finally {
    await session.dispose();
  }
}

/** Largest difference of any number, relative to the largest number of its tensor, or to 1 where that is smaller. */
function farthest(found: readonly Arrays[], expected: readonly Arrays[]): number {
  const differences = expected.flatMap((outputs, step) =>
    Object.entries(outputs).map(([name, values]) => {
      const other = found[step]?.[name];
      let off = 0;
      let scale = 1;
      for (const [i, value] of values.entries()) {
        off = Math.max(off, Math.abs(value - (other?.[i] ?? Number.NaN)));
        scale = Math.max(scale, Math.abs(value));
      }
      return off / scale;
    }),
  );
  return Math.max(...differences);
}

const report: string[] = [];
afterAll(() => console.log(report.join("\n")));

test("every plugin is read, and each has something to run", () => {
  expect(errors).toEqual([]);
  for (const { plugin } of plugins)
    expect(subjects.some(({ name }) => name.startsWith(`${plugin.id}/`) && name.endsWith(" train"))).toBe(true);
});

describe.each(subjects)("$name", (subject) => {
  test(`onnxruntime on cpu${noGpu === null ? " and webgpu" : ""} and tfjs agree`, async () => {
    const expected = await run(subject, "tfjs-cpu", "cpu");
    const cpu = await run(subject, "onnxruntime", "cpu");
    expect(farthest(cpu.losses, expected.losses), "onnxruntime on cpu against tfjs").toBeLessThan(1e-4);
    if (noGpu !== null) return;
    const webgpu = await run(subject, "onnxruntime", "webgpu");
    const off = farthest(webgpu.losses, expected.losses);
    const count = webgpu.placement["WebGpuExecutionProvider"] ?? 0;
    report.push(`${subject.name}: ${count} nodes, all on WebGPU; off by ${off.toExponential(1)}`);
    expect(webgpu.strays, "nodes that are not on WebGPU").toEqual({});
    expect(Object.keys(webgpu.placement)).toEqual(["WebGpuExecutionProvider"]);
    expect(count).toBeGreaterThan(10);
    expect(off, "onnxruntime on webgpu against tfjs").toBeLessThan(1e-4);
  });
});
