import type { Graph, Node, Value } from "./graph.ts";
import { sizeOf } from "./graph.ts";
import { ops } from "./ops.ts";
import { sameShape } from "./shape.ts";

/**
 * Checks a whole graph against its rules: every value is made exactly once and before it is used,
 * every output has the shape and type that its operation's rule gives, constants have the size of
 * their shape, each update fits its state tensor, and no name is used twice.
 * @throws an error that names the first node or value at fault and the stage
 */
export function verify(graph: Graph, stage: string): void {
  const made = new Set<Value>();
  const make = (value: Value, what: string): void => {
    if (made.has(value)) throw new VerifyError(stage, `${what} makes value ${value.id} a second time`);
    made.add(value);
  };
  const need = (value: Value, what: string): void => {
    if (!made.has(value))
      throw new VerifyError(stage, `${what} uses value ${value.id} [${value.shape.join()}] before it is made`);
  };
  for (const { name, value } of [...graph.inputs, ...graph.state]) make(value, name);
  for (const [value, data] of graph.constants) {
    make(value, "a constant");
    if (typeof data !== "number" && data.length !== sizeOf(value.shape))
      throw new VerifyError(stage, `a constant of [${value.shape.join()}] holds ${data.length} numbers`);
  }
  for (const [index, node] of graph.nodes.entries()) {
    const what = `node ${index} (${describe(node)})`;
    for (const input of node.inputs) need(input, what);
    const { shape, dtype } = inferred(node, stage, what);
    const { output } = node;
    if (!sameShape(shape, output.shape) || dtype !== output.dtype)
      throw new VerifyError(stage, `${what} should give ${dtype} [${shape.join()}], says ${described(output)}`);
    make(output, what);
  }
  for (const { name, value } of graph.outputs) need(value, `output ${name}`);
  const states = new Map(graph.state.map((state) => [state.name, state.value]));
  for (const { name, value } of graph.updates) {
    need(value, `update of ${name}`);
    const state = states.get(name);
    if (!state) throw new VerifyError(stage, `update of ${name} has no state`);
    if (!sameShape(state.shape, value.shape) || state.dtype !== value.dtype)
      throw new VerifyError(stage, `update of ${name} has ${described(value)}, the state has ${described(state)}`);
  }
  for (const names of [[...graph.inputs, ...graph.state], graph.outputs, graph.updates]) {
    const seen = new Set<string>();
    for (const { name } of names)
      if (seen.size === seen.add(name).size) throw new VerifyError(stage, `the name ${name} is used twice`);
  }
}

/** A graph broke its own rules: a fault of the compiler, not of the model. */
export class VerifyError extends Error {
  override name = "VerifyError";
  constructor(stage: string, problem: string) {
    super(`after ${stage}: ${problem}`);
  }
}

function inferred(node: Node, stage: string, what: string): { shape: readonly number[]; dtype: string } {
  try {
    return ops[node.op].infer(node.inputs, node.attributes);
  } catch (error) {
    throw new VerifyError(stage, `${what}: ${(error as Error).message}`);
  }
}

const described = ({ dtype, shape }: Value): string => `${dtype} [${shape.join()}]`;
const describe = (node: Node): string => `${node.op} from ${node.kernel || "a pass"}`;
