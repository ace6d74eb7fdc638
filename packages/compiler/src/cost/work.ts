import type { WorkKind } from "@epochmark/schema";
import type { Graph, Node, Value } from "../graph/graph.ts";
import { bytesOf } from "./bytes.ts";
import { flopsOf } from "./flops.ts";
import { type Role, roleOf } from "./kinds.ts";

/** One kernel that a device would launch: FLOPs, and bytes that it must read and write. */
export interface Work {
  kind: WorkKind;
  flops: number;
  read: number;
  written: number;
}

/**
 * The kernels of a graph as a framework with fused element-wise kernels launches them. A convolution or product is one
 * kernel. Element-wise operations, reductions and transposes between the same convolutions and products fuse into one: its
 * bytes are the distinct tensors that enter the stretch and those that leave it. Views cost nothing.
 */
export function workOf(graph: Graph): Work[] {
  const resolve = viewResolver(graph);
  const computed = new Set<Value>(graph.nodes.map((node) => node.output));
  const isActivation = (value: Value): boolean => computed.has(resolve(value));
  const roles = new Map<Node, Role>(graph.nodes.map((node) => [node, roleOf(node, isActivation)]));
  const stretches = fuse(graph, roles, resolve);
  const leaving = new Set<Value>([...graph.outputs, ...graph.updates].map(({ value }) => resolve(value)));
  const consumers = new Map<Value, Set<number>>();
  for (const node of graph.nodes) {
    if (roles.get(node) === "view") continue;
    for (const input of node.inputs) {
      const value = resolve(input);
      consumers.set(value, (consumers.get(value) ?? new Set()).add(stretches.get(node)!));
    }
  }
  const maps = attentionMaps(graph, roles, resolve);
  const works = new Map<number, Work & { inputs: Set<Value> }>();
  for (const node of graph.nodes) {
    const role = roles.get(node)!;
    if (role === "view") continue;
    const id = stretches.get(node)!;
    const kind: WorkKind = typeof role === "object" ? role.heavy : "memory";
    const work = works.get(id) ?? { kind, flops: 0, read: 0, written: 0, inputs: new Set() };
    works.set(id, work);
    work.flops += flopsOf(node);
    for (const input of node.inputs) work.inputs.add(resolve(input));
    const outside = [...(consumers.get(node.output) ?? [])].some((consumer) => consumer !== id);
    if (outside || leaving.has(node.output)) work.written += bytesOf(node.output);
    if (kind === "memory" && maps.has(node.output.shape.join())) work.kind = "softmax";
  }
  const producedIn = new Map<Value, number>();
  for (const node of graph.nodes) if (roles.get(node) !== "view") producedIn.set(node.output, stretches.get(node)!);
  return [...works].map(([id, { kind, flops, written, inputs }]) => {
    const entering = [...inputs].filter((value) => producedIn.get(value) !== id);
    return { kind, flops, written, read: entering.reduce((sum, value) => sum + bytesOf(value), 0) };
  });
}

/** Looks through reshapes and the like to the tensor whose bytes are meant. */
export function viewResolver(graph: Graph): (value: Value) => Value {
  const seen = new Map<Value, Value>();
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    if (input && ["Reshape", "Identity", "Expand"].includes(node.op)) seen.set(node.output, seen.get(input) ?? input);
  }
  return (value) => seen.get(value) ?? value;
}

/**
 * A number for each node that is not a view; fused nodes share it. Two element-wise nodes fuse when one feeds the other and
 * the same number of convolutions and products lies on the longest way to both.
 */
function fuse(graph: Graph, roles: Map<Node, Role>, resolve: (value: Value) => Value): Map<Node, number> {
  const depth = new Map<Value, number>();
  const maker = new Map<Value, Node>();
  const parent: number[] = [];
  const root = (id: number): number => {
    let top = id;
    while (parent[top] !== top) top = parent[top]!;
    return top;
  };
  const ids = new Map<Node, number>();
  for (const node of graph.nodes) {
    const role = roles.get(node)!;
    if (role === "view") continue;
    const id = parent.length;
    parent.push(id);
    ids.set(node, id);
    const sources = node.inputs.map(resolve);
    const before = Math.max(0, ...sources.map((value) => depth.get(value) ?? 0));
    depth.set(node.output, role === "fusable" ? before : before + 1);
    maker.set(node.output, node);
    if (role !== "fusable") continue;
    for (const value of sources) {
      const other = maker.get(value);
      if (other && roles.get(other) === "fusable" && depth.get(value) === before)
        parent[root(ids.get(other)!)] = root(id);
    }
  }
  return new Map([...ids].map(([node, id]) => [node, root(id)]));
}

/**
 * Shapes of attention maps that a fused attention kernel never writes out: outputs of Softmax that only products read. Where a
 * convolution mixes the maps (Re-Attention) they must exist.
 */
function attentionMaps(graph: Graph, roles: Map<Node, Role>, resolve: (value: Value) => Value): Set<string> {
  const isAttention = (node: Node): boolean => {
    const role = roles.get(node);
    return typeof role === "object" && role.heavy === "attention";
  };
  const products = new Set(
    graph.nodes
      .filter(isAttention)
      .flatMap((node) => [...node.inputs.map(resolve), node.output].map((v) => v.shape.join())),
  );
  const mixed = new Set(
    graph.nodes
      .filter((node) => typeof roles.get(node) === "object" && !isAttention(node))
      .flatMap((node) => node.inputs.map((input) => resolve(input).shape.join())),
  );
  const maps = graph.nodes.filter((node) => node.op === "Softmax").map((node) => node.output.shape.join());
  return new Set(maps.filter((shape) => products.has(shape) && !mixed.has(shape)));
}
