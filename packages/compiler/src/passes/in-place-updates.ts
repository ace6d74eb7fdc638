import type { Graph, Node, Value } from "../graph/graph.ts";
import type { OpName } from "../graph/ops.ts";

/** Operations that read element i of an operand of the output's size only to write element i. */
const elementByElement = new Set<OpName>([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Max",
  "Min",
  "Neg",
  "Where",
  "Clip",
  "Identity",
]);

/** Operations whose output may share memory with their input. */
const views = new Set<OpName>(["Reshape", "Identity", "Expand"]);

/**
 * State tensors whose next value may be written over the old one while the step runs, by name. Proof:
 * every node that reads the old value, directly or through a view, is an ancestor of the node that
 * writes the new one (so it has ended, in whatever order the engine runs the graph), or is that node
 * itself and works element by element. A value with a second result name is left out: that name is a
 * copy, which would have to be proved too.
 */
export function inPlaceUpdates(graph: Graph): string[] {
  const makers = new Map<Value, Node>(graph.nodes.map((node) => [node.output, node]));
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes)
    for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  const resultNames = new Map<Value, number>();
  for (const { value } of [...graph.outputs, ...graph.updates])
    resultNames.set(value, (resultNames.get(value) ?? 0) + 1);
  const states = new Map(graph.state.map(({ name, value }) => [name, value]));
  return graph.updates
    .filter(({ name, value }) => {
      const old = states.get(name);
      const writer = makers.get(value);
      if (!old || !writer || !elementByElement.has(writer.op) || resultNames.get(value) !== 1) return false;
      const seen = [old, ...viewsOf(old, readers)];
      if (seen.some((view) => resultNames.has(view))) return false;
      const reading = seen
        .flatMap((view) => readers.get(view) ?? [])
        .filter((node) => !views.has(node.op) || node === writer);
      const needed = reading.filter((node) => node !== writer);
      return needed.length === 0 || allAncestors(writer, new Set(needed), makers);
    })
    .map(({ name }) => name);
}

function viewsOf(value: Value, readers: ReadonlyMap<Value, Node[]>): Value[] {
  const direct = (readers.get(value) ?? []).filter((node) => views.has(node.op)).map((node) => node.output);
  return direct.flatMap((view) => [view, ...viewsOf(view, readers)]);
}

/** Whether the walk up from `node` meets every one of `wanted`. */
function allAncestors(node: Node, wanted: Set<Node>, makers: ReadonlyMap<Value, Node>): boolean {
  const visited = new Set<Node>();
  const stack = [node];
  for (let current = stack.pop(); current; current = stack.pop())
    for (const input of current.inputs) {
      const maker = makers.get(input);
      if (!maker || visited.has(maker)) continue;
      visited.add(maker);
      if (wanted.delete(maker) && wanted.size === 0) return true;
      stack.push(maker);
    }
  return false;
}
