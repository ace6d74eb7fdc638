import type { DataFlow } from "@epochmark/schema";
import { flopsOf } from "../cost/flops.ts";
import { type Graph, type Node, sizeOf, type Value } from "../graph/graph.ts";
import type { StepFunction } from "../program.ts";
import { trace } from "../trace/trace.ts";
import { Block, drawn } from "./block.ts";
import { joinEqual } from "./join-equal.ts";
import { chooseModules } from "./modules.ts";

/**
 * How data runs through a step at batch 1, drawn from its trace: a box for each input, for each module of the
 * official checkpoint (opened as far as the drawing stays small) and for each output. A node belongs to the module
 * whose parameters it reads, else to the module whose result it goes on with; a module that is entered again after
 * its result was used elsewhere gets a second box.
 */
export function dataFlow(step: StepFunction): DataFlow {
  const graph = trace(step);
  const blocks = [...graph.inputs].map(({ name, value }) => new Block("input", name, value.shape));
  const makers = new Map(graph.inputs.map(({ value }, i) => [value, blocks[i]!]));
  const reads = parametersRead(graph);
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const read = graph.state.filter(({ value }) => used.has(value));
  const moduleOf = chooseModules(new Map(read.map(({ name, value }) => [name, value.shape])));
  const newest = new Map<string, Block>();

  for (const node of graph.nodes) {
    const parameters = node.inputs.flatMap((value) => [...(reads.get(value) ?? [])]);
    const sources = [...new Set(node.inputs.flatMap((value) => makers.get(value) ?? []))];
    if (sources.length === 0) continue;
    const block = parameters.length > 0 ? enter(moduleOf(parameters[0]!.name), sources) : furthest(sources);
    if (!blocks.includes(block)) blocks.push(block);
    for (const source of sources) if (source !== block) block.sources.add(source);
    for (const { name, size } of parameters) block.parameters.set(name, size);
    block.nodes.push(node);
    block.flops += flopsOf(node);
    makers.set(node.output, block);
  }

  function enter(path: string, sources: readonly Block[]): Block {
    const known = newest.get(path);
    // Its own result came back from elsewhere: the module runs a second time.
    const usable = known !== undefined && sources.every((source) => source === known || !source.follows(known));
    const block = usable ? known : new Block("module", path, []);
    newest.set(path, block);
    return block;
  }

  for (const { name, value } of graph.outputs) {
    const block = new Block("output", name, value.shape);
    const maker = makers.get(value);
    if (maker) block.sources.add(maker);
    blocks.push(block);
  }
  for (const block of blocks) if (block.kind === "module") block.shape = leaving(block, graph, makers);
  return drawn(joinEqual(needed(blocks)));
}

interface Read {
  name: string;
  size: number;
}

/** The parameters behind each value that is made of parameters and constants only. */
function parametersRead(graph: Graph): Map<Value, Set<Read>> {
  const reads = new Map<Value, Set<Read>>(
    graph.state.map(({ name, value }) => [value, new Set([{ name, size: sizeOf(value.shape) }])]),
  );
  for (const { inputs, output } of graph.nodes) {
    const known = inputs.filter((value) => !graph.constants.has(value)).map((value) => reads.get(value));
    if (known.length > 0 && known.every((found) => found !== undefined))
      reads.set(output, new Set(known.flatMap((found) => [...found])));
  }
  return reads;
}

/** The block that follows all others where there is one, else the newest: what a node without parameters goes on with. */
const furthest = (sources: readonly Block[]): Block =>
  sources.findLast((source) => !sources.some((other) => other !== source && other.follows(source)))!;

/** Shape of the last result of a block that another block or an output reads. */
function leaving(block: Block, graph: Graph, makers: ReadonlyMap<Value, Block>): readonly number[] {
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const read = new Set<Value>(
    graph.nodes.filter((node) => makers.get(node.output) !== block).flatMap((node) => node.inputs),
  );
  const last = block.nodes.findLast(({ output }: Node) => read.has(output) || outputs.has(output));
  return (last ?? block.nodes.at(-1)!).output.shape;
}

/** Without blocks that no output depends on. */
function needed(blocks: readonly Block[]): Block[] {
  const ends = blocks.filter(({ kind }) => kind === "output");
  return blocks.filter((block) => block.kind !== "module" || ends.some((end) => end.follows(block)));
}
