import {
  type Attributes,
  type ConstantData,
  type Graph,
  GraphBuilder,
  type Named,
  type Node,
  type Value,
} from "../graph/graph.ts";
import type { OpName } from "../graph/ops.ts";
import { sameShape } from "../graph/shape.ts";

/** What a rewrite rule may ask and add while it looks at one node. */
export interface Rewrite {
  op(op: OpName, inputs: readonly Value[], attributes?: Attributes): Value;
  constant(shape: readonly number[], dtype: Value["dtype"], data: ConstantData): Value;
  /** The node that makes a value; undefined for inputs, state and constants. */
  producer(value: Value): Node | undefined;
  constantOf(value: Value): ConstantData | undefined;
  /** How often a value is used in the graph as it was before this pass, outputs and updates counted. */
  uses(value: Value): number;
}

/** Looks at one node, whose inputs are already rewritten. Gives the value that takes its place, or undefined to keep it. */
export type Rule = (node: Node, rewrite: Rewrite) => Value | undefined;

/** Runs a rule over every node in order. @throws when a rule gives a value of another shape or type than the node's */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const builder = new GraphBuilder();
  const constants = new Map(graph.constants);
  const producers = new Map<Value, Node>();
  const replaced = new Map<Value, Value>();
  const counts = useCounts(graph);
  const current = (value: Value): Value => replaced.get(value) ?? value;
  const nodes: Node[] = [];
  const collect = (): void => {
    for (const made of builder.nodes.splice(0)) {
      nodes.push(made);
      producers.set(made.output, made);
    }
    for (const [value, data] of builder.constants) constants.set(value, data);
  };
  const context: Rewrite = {
    op: (op, inputs, attributes) => {
      const value = builder.op(op, inputs, attributes);
      collect();
      return value;
    },
    constant: (shape, dtype, data) => {
      const value = builder.constant(shape, dtype, data);
      constants.set(value, data);
      return value;
    },
    producer: (value) => producers.get(value),
    constantOf: (value) => constants.get(value),
    uses: (value) => counts.get(value) ?? 0,
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(current);
    const changed = inputs.some((input, i) => input !== node.inputs[i]);
    const seen = changed ? { ...node, inputs } : node;
    builder.kernel = node.kernel;
    const result = rule(seen, context);
    if (result) {
      if (!sameShape(result.shape, node.output.shape) || result.dtype !== node.output.dtype)
        throw new Error(
          `${node.op} gives ${node.output.dtype} [${node.output.shape.join()}], its replacement ${result.dtype} [${result.shape.join()}]`,
        );
      replaced.set(node.output, result);
      counts.set(result, (counts.get(result) ?? 0) + (counts.get(node.output) ?? 0));
    } else {
      nodes.push(seen);
      producers.set(seen.output, seen);
    }
  }
  const named = (items: readonly Named[]): Named[] => items.map(({ name, value }) => ({ name, value: current(value) }));
  return { ...graph, constants, nodes, outputs: named(graph.outputs), updates: named(graph.updates) };
}

/** Uses of every value by nodes, outputs and updates. */
export function useCounts(graph: Graph): Map<Value, number> {
  const counts = new Map<Value, number>();
  const use = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(use);
  for (const { value } of [...graph.outputs, ...graph.updates]) use(value);
  return counts;
}
