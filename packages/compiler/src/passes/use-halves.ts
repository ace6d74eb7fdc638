import { type Attributes, type Graph, GraphBuilder, type Node, type Value, sizeOf } from "../graph/graph.ts";
import type { OpName } from "../graph/ops.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";

/** What half precision is for: sums of products, which devices add up in single precision. */
const products = new Set<OpName>(["MatMul", "Gemm", "Conv", "ConvTranspose"]);

/** What passes halves on without harm: nothing here makes a small number much smaller or a large one much larger. */
const carriers = new Set<OpName>([
  "Add",
  "Sub",
  "Neg",
  "Relu",
  "LeakyRelu",
  "MaxPool",
  "Identity",
  "Reshape",
  "Transpose",
  "Expand",
  "Slice",
  "Concat",
  "Pad",
]);

/**
 * Mixed precision: matrix products and convolutions in halves, and what lies between two of them too; everything else
 * (norms, softmax, losses, optimizers), all inputs, outputs and state in single precision. Parameters are the single
 * precision masters: their halves are cast where they are used. Gradients too small for halves need a scaled loss.
 */
export function useHalves(graph: Graph): Graph {
  const halver = new Halver(graph);
  for (const node of graph.nodes) halver.add(node);
  return dropDeadNodes(halver.graph());
}

class Halver {
  readonly #graph: Graph;
  readonly #builder = new GraphBuilder();
  /** A value of the old graph in each form that the new one has of it. */
  readonly #half = new Map<Value, Value>();
  readonly #full = new Map<Value, Value>();
  readonly #constants: Map<Value, NonNullable<ReturnType<Graph["constants"]["get"]>>>;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#constants = new Map(graph.constants);
    const entering = [...graph.inputs, ...graph.state].map(({ value }) => value);
    for (const value of [...entering, ...graph.constants.keys()]) this.#full.set(value, value);
  }

  add(node: Node): void {
    this.#builder.kernel = node.kernel;
    const halves = products.has(node.op) || (carriers.has(node.op) && this.#carries(node));
    if (halves && node.output.dtype === "float32") this.#half.set(node.output, this.#op(node, this.#inHalf.bind(this)));
    else this.#full.set(node.output, this.#op(node, this.#inFull.bind(this)));
  }

  graph(): Graph {
    const named = (items: Graph["outputs"]): Graph["outputs"] =>
      items.map(({ name, value }) => ({ name, value: this.#inFull(value) }));
    const [outputs, updates] = [named(this.#graph.outputs), named(this.#graph.updates)];
    return { ...this.#graph, constants: this.#constants, nodes: this.#builder.nodes, outputs, updates };
  }

  /** Whether all that a node reads is there in halves already, or is a small thing beside it: one number, a bias. */
  #carries({ inputs, output }: Node): boolean {
    const made = inputs.filter((value) => this.#half.has(value) && !this.#full.has(value));
    const isSmall = (value: Value): boolean => sizeOf(value.shape) < sizeOf(output.shape);
    return made.length > 0 && inputs.every((value) => made.includes(value) || this.#isNumber(value) || isSmall(value));
  }

  #isNumber(value: Value): boolean {
    return typeof this.#graph.constants.get(value) === "number";
  }

  #op({ op, inputs, attributes }: Node, form: (value: Value) => Value): Value {
    return this.#builder.op(op, inputs.map(form), attributes);
  }

  #inHalf(value: Value): Value {
    const known = this.#half.get(value);
    if (known || value.dtype !== "float32") return known ?? this.#inFull(value);
    const half = this.#constantHalf(value) ?? this.#cast(this.#inFull(value), { to: "float16" });
    this.#half.set(value, half);
    return half;
  }

  #constantHalf(value: Value): Value | undefined {
    const data = this.#graph.constants.get(value);
    if (data === undefined) return undefined;
    const half = this.#builder.constant(value.shape, "float16", data);
    this.#constants.set(half, data);
    return half;
  }

  #inFull(value: Value): Value {
    const known = this.#full.get(value);
    if (known) return known;
    const half = this.#half.get(value);
    if (!half) throw new Error(`value ${value.id} is used before it is made`);
    const full = this.#cast(half, { to: "float32" });
    this.#full.set(value, full);
    return full;
  }

  #cast(value: Value, attributes: Attributes): Value {
    return this.#builder.op("Cast", [value], attributes);
  }
}
