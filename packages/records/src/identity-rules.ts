import { findGpu, identify } from "@epochmark/catalog";
import type { CatalogGpu, GpuIdentity, RunFile } from "@epochmark/schema";
import { excerpt, problem, type Problem } from "./problem.ts";

/** Of the nominal memory: drivers keep up to a tenth back, and some count a little more. */
const memoryShare = { least: 0.85, most: 1.1 };

/** Whether the device is the one that its id names: name, kind, memory and the names that tools printed of it. */
export const checkIdentity = ({ gpu, host, cases }: RunFile): Problem[] => {
  const entry = findGpu(gpu.id);
  return [
    ...(entry ? catalogFaults(gpu, entry) : []),
    ...(gpu.kind === "cpu" ? cpuFaults(gpu, host) : []),
    ...cases.flatMap(({ engine }, i) => {
      if ((engine.device === "cpu") === (gpu.kind === "cpu")) return [];
      const message = `${excerpt(engine.device)} is no device of a ${gpu.name}`;
      return [problem(["cases", i, "engine", "device"], message)];
    }),
  ];
};

const catalogFaults = (gpu: GpuIdentity, entry: CatalogGpu): Problem[] => {
  const problems = (["name", "vendor", "kind"] as const).flatMap((field) =>
    gpu[field] === entry[field]
      ? []
      : [problem(["gpu", field], `expected ${excerpt(entry[field])} of ${entry.id}, found ${excerpt(gpu[field])}`)],
  );
  const share = gpu.memoryMiB === null ? 1 : gpu.memoryMiB / (entry.memoryGB.value * 1024);
  if (entry.kind === "discrete" && (share < memoryShare.least || share > memoryShare.most)) {
    const message = `expected about ${entry.memoryGB.value * 1024} of ${entry.id}, found ${gpu.memoryMiB}`;
    problems.push(problem(["gpu", "memoryMiB"], message));
  }
  const others = gpu.rawNames.map((name) => identify(name)).filter(({ status }) => status !== "unknown");
  const candidates = others.flatMap((found) => (found.status === "match" ? [found.gpu] : candidatesOf(found)));
  if (candidates.length > 0 && !candidates.includes(entry))
    problems.push(problem(["gpu", "rawNames"], `they name ${candidates[0]!.id}, not ${entry.id}`));
  return problems;
};

const candidatesOf = (found: ReturnType<typeof identify>): CatalogGpu[] =>
  found.status === "ambiguous" ? found.candidates : [];

const cpuFaults = ({ name }: GpuIdentity, { cpu }: RunFile["host"]): Problem[] =>
  name === cpu.name
    ? []
    : [problem(["gpu", "name"], `expected the host's ${excerpt(cpu.name)}, found ${excerpt(name)}`)];
