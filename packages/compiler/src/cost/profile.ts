import { type CostProfile, type Linear, linearAt, type TensorSpec, type WorkGroup } from "@epochmark/schema";
import { executionOrder } from "../graph/execution-order.ts";
import type { Graph } from "../graph/graph.ts";
import { optimize } from "../passes/index.ts";
import type { StepFunction } from "../program.ts";
import { trace } from "../trace/trace.ts";
import { bytesOf } from "./bytes.ts";
import { countFlops } from "./flops.ts";
import { heldBytes, keptBytes, liveBytes } from "./live.ts";
import { type Work, workOf } from "./work.ts";

/** Two batches that a straight line goes through; no model takes another shape between them. */
const batches = [2, 4] as const;

type ProfiledStep = Omit<StepFunction, "state"> & { state: (TensorSpec & { kind: string })[] };

/**
 * What a step costs as functions of its batch, from the graphs of two batch sizes. Kernels are counted on the graph with
 * convolution gradients whole, as GPU libraries have them; peak memory on the graph that ONNX Runtime runs.
 * @throws what tracing throws
 */
export function profile(stepAt: (batch: number) => ProfiledStep): Omit<CostProfile, "model" | "phase"> {
  const points = batches.map((batch) => profileAt(stepAt(batch)));
  const [first, second] = points as [Point, Point];
  const line = (pick: (point: Point) => number): Linear => through(pick(first), pick(second));
  return {
    ...first.state,
    flops: line(({ flops }) => flops),
    inputBytes: line(({ inputBytes }) => inputBytes),
    keptBytes: line(({ kept }) => kept),
    peakLiveBytes: envelope(first, second, ({ live }) => live),
    peakHeldBytes: envelope(first, second, ({ held }) => held),
    nodes: first.nodes,
    work: grouped(first.work, second.work),
  };
}

type Point = ReturnType<typeof profileAt>;

function profileAt(step: ProfiledStep) {
  const logical = trace(step);
  const executed = optimize(logical);
  const whole = optimize(logical, ["lower convolution gradients"]);
  const order = executionOrder(executed.nodes);
  const run = { ...executed, nodes: order };
  return {
    state: stateCost(step, executed),
    flops: countFlops(logical),
    inputBytes: total(step.inputs.map(bytesOf)),
    kept: keptBytes(whole),
    order,
    live: liveBytes(run),
    held: heldBytes(run),
    nodes: executed.nodes.length,
    work: workOf(whole),
  };
}

function stateCost({ state }: ProfiledStep, { updates }: Graph) {
  const changed = new Set(updates.map(({ name }) => name));
  const parameters = state.filter(({ kind }) => kind === "parameter");
  const elements = (specs: typeof state): number => total(specs.map(bytesOf)) / 4;
  return {
    parameters: elements(parameters),
    trained: elements(parameters.filter(({ name }) => changed.has(name))),
    slotBytes: total(state.filter(({ kind }) => kind === "slot").map(bytesOf)),
    stateBytes: total(state.map(bytesOf)),
    frozenBytes: total(state.filter(({ name }) => !changed.has(name)).map(bytesOf)),
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The line through the values at both batches; tensors are whole bytes, so its terms are rounded. */
function through(first: number, second: number): Linear {
  const perSample = (second - first) / (batches[1] - batches[0]);
  return [Math.round(first - perSample * batches[0]), Math.round(perSample)];
}

/**
 * The lines of which the largest at any batch from 1 on is the peak: each moment of the schedule is a line, and another moment
 * may be the fullest at another batch.
 */
function envelope(first: Point, second: Point, bytes: (point: Point) => readonly number[]): Linear[] {
  // Graphs that run in different orders have no moments in common: then only their peaks make a line.
  const alike =
    first.order.length === second.order.length && first.order.every(({ op }, index) => op === second.order[index]!.op);
  const [before, after] = [bytes(first), bytes(second)];
  const pairs = alike ? before.map((value, index) => [value, after[index]!] as const) : [];
  const lines = (pairs.length > 0 ? pairs : [[Math.max(...before), Math.max(...after)] as const]).map(([a, b]) =>
    through(a, b),
  );
  const kept: Linear[] = [];
  for (let batch = 1; ;) {
    const top = lines.reduce((best, each) => {
      const more = linearAt(each, batch) - linearAt(best, batch);
      return more > 0 || (more === 0 && each[1] > best[1]) ? each : best;
    });
    kept.push(top);
    const crossings = lines
      .filter(([, perSample]) => perSample > top[1])
      .map((each) => (top[0] - each[0]) / (each[1] - top[1]));
    const next = Math.floor(Math.min(...crossings)) + 1;
    if (!(next > batch) || next > largestBatch) return kept;
    batch = next;
  }
}

/** No training step has more samples on one device. */
const largestBatch = 65_536;

/** Kernels of one kind whose terms agree within a factor of √2 become one group: a roofline sees no difference. */
function grouped(first: readonly Work[], second: readonly Work[]): WorkGroup[] {
  const groups = new Map<string, WorkGroup>();
  const add = (kind: Work["kind"], count: number, ...[flops, read, written]: [Linear, Linear, Linear]): void => {
    const key = [kind, ...[...flops, ...read, ...written].map(magnitude)].join();
    const group = groups.get(key) ?? { kind, count: 0, flops: [0, 0], read: [0, 0], written: [0, 0] };
    groups.set(key, {
      kind,
      count: group.count + count,
      flops: sum(group.flops, flops),
      read: sum(group.read, read),
      written: sum(group.written, written),
    });
  };
  const alike = first.length === second.length && first.every(({ kind }, index) => kind === second[index]?.kind);
  if (alike)
    first.forEach((work, index) => {
      const other = second[index]!;
      const line = (pick: (w: Work) => number): Linear => through(pick(work), pick(other));
      add(
        work.kind,
        1,
        line(({ flops }) => flops),
        line(({ read }) => read),
        line(({ written }) => written),
      );
    });
  else
    for (const kind of new Set(first.map((work) => work.kind))) {
      const of = (works: readonly Work[]) => works.filter((work) => work.kind === kind);
      const line = (pick: (w: Work) => number): Linear =>
        through(total(of(first).map(pick)), total(of(second).map(pick)));
      add(
        kind,
        of(first).length,
        line(({ flops }) => flops),
        line(({ read }) => read),
        line(({ written }) => written),
      );
    }
  return [...groups.values()];
}

const magnitude = (value: number): number | string => (value === 0 ? "0" : Math.round(2 * Math.log2(Math.abs(value))));
const sum = (a: Linear, b: Linear): Linear => [a[0] + b[0], a[1] + b[1]];
