import { models } from "@epochmark/catalog";
import { type Case, type Cost, type CostProfile, linearAt } from "@epochmark/schema";
import { problem, type JsonPath, type Problem } from "./problem.ts";
import { isClose } from "./rule.ts";

/** Passes drop dead nodes and share equal ones (down to 0.82 of what is counted), and add a few (up to 1.01). */
const executedShare = { least: 0.6, most: 1.2 };
/** FLOPs of another crop go with its pixels, but for parts of fixed size: up to this factor in this repository. */
const cropFactor = 5;

/**
 * A case's costs held against the catalogue's generated table of the same model and phase, at the case's batch.
 * Parameters and state do not depend on batch and crop; FLOPs must be the table's where the inputs have the table's
 * size, and about what its pixels make of them where they have not. Models that the catalogue lacks and networks of
 * size `tiny` have no table. `odd` is all that differs where the plugin is of another version than the table.
 */
export const costFaults = (
  of: Case,
  path: JsonPath,
  profiles: readonly CostProfile[],
): { problems: Problem[]; odd: Problem[] } => {
  const { cost, size } = of;
  const id = `${of.plugin}/${of.model}`;
  const model = models.find((each) => each.id === id);
  const profile = profiles.find((each) => each.model === id && each.phase === of.phase);
  if (model === undefined) return { problems: [], odd: [] };
  const found: Problem[] = [];
  const odd: Problem[] = [];
  if (!model.phases.includes(of.phase))
    found.push(problem([...path, "phase"], `${id} has no phase ${of.phase}: it has ${model.phases.join(", ")}`));
  if (cost !== null && size === "full" && profile !== undefined) {
    found.push(...tableFaults(of, cost, profile, path));
    odd.push(...cropFaults(of, cost, profile, path));
  }
  // Sizes of named workloads are tuned now and then: an older record is not untrue for it.
  odd.push(...workloadFaults(of, model.workloads, profile, path));
  return of.pluginVersion === model.version ? { problems: found, odd } : { problems: [], odd: [...found, ...odd] };
};

const tableFaults = (of: Case, cost: Cost, profile: CostProfile, path: JsonPath): Problem[] => {
  const { batch } = of.workload;
  const table: Partial<Record<keyof Cost, number>> = {
    parameters: profile.parameters,
    stateBytes: profile.stateBytes,
    ...(hasTableInputs(of, profile) && {
      flops: linearAt(profile.flops, batch),
      winogradFlops: profile.work
        .filter(({ kind }) => kind === "conv3x3")
        .reduce((sum, { flops }) => sum + linearAt(flops, batch), 0),
    }),
  };
  const differing = Object.entries(table).flatMap(([name, expected]) => {
    const found = cost[name as keyof Cost];
    if (found === null || isClose(found, expected)) return [];
    return [
      problem([...path, "cost", name], `expected ${expected} of the cost table at batch ${batch}, found ${found}`),
    ];
  });
  const share = cost.flopsExecuted / cost.flops;
  if (cost.flops > 0 && (share < executedShare.least || share > executedShare.most))
    differing.push(
      problem([...path, "cost", "flopsExecuted"], `expected about ${cost.flops}, found ${cost.flopsExecuted}`),
    );
  if (cost.compulsoryBytes !== null && cost.compulsoryBytes < cost.stateBytes) {
    const message = `expected ${cost.stateBytes} of state or more, found ${cost.compulsoryBytes}`;
    differing.push(problem([...path, "cost", "compulsoryBytes"], message));
  }
  return differing;
};

const cropFaults = (of: Case, cost: Cost, profile: CostProfile, path: JsonPath): Problem[] => {
  if (hasTableInputs(of, profile)) return [];
  const { batch } = of.workload;
  const expected = (linearAt(profile.flops, batch) * inputBytes(of)) / linearAt(profile.inputBytes, batch);
  const factor = cost.flops / expected;
  if (factor > 1 / cropFactor && factor < cropFactor) return [];
  return [
    problem(
      [...path, "cost", "flops"],
      `expected about ${expected.toPrecision(3)} of inputs of this size, found ${cost.flops}`,
    ),
  ];
};

type Workloads = (typeof models)[number]["workloads"];

const workloadFaults = (
  of: Case,
  workloads: Workloads,
  profile: CostProfile | undefined,
  path: JsonPath,
): Problem[] => {
  const { name, batch } = of.workload;
  if (name !== "small" && name !== "paper") return [];
  const expected = workloads[name][of.phase];
  if (expected !== batch) {
    const message = `expected ${expected ?? "no such workload"} of workload ${name}, found ${batch}`;
    return [problem([...path, "workload", "batch"], message)];
  }
  if (name === "small" || of.size !== "full" || profile === undefined || hasTableInputs(of, profile)) return [];
  const message = `expected the paper's ${linearAt(profile.inputBytes, batch)} bytes, found ${inputBytes(of)}`;
  return [problem([...path, "workload", "inputs"], message)];
};

/** Every type of tensor that a program takes has four bytes an element but `bool`. */
const inputBytes = ({ workload }: Case): number =>
  workload.inputs.reduce(
    (sum, { shape, dtype }) => sum + shape.reduce((size, side) => size * side, dtype === "bool" ? 1 : 4),
    0,
  );

const hasTableInputs = (of: Case, { inputBytes: table }: CostProfile): boolean =>
  inputBytes(of) === linearAt(table, of.workload.batch);
