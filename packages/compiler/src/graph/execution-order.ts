import type { Node } from "./graph.ts";

/** Of each node: the places of the nodes that make its inputs, each once, in ascending order. */
function makersOf(nodes: readonly Node[]): number[][] {
  const places = new Map(nodes.map(({ output }, place) => [output, place]));
  return nodes.map(({ inputs }) => {
    const makers = inputs.map((input) => places.get(input)).filter((place) => place !== undefined);
    return [...new Set(makers)].toSorted((a, b) => a - b);
  });
}

/**
 * The order in which ONNX Runtime runs nodes that it is given in this one, on every provider: back from the nodes whose
 * results no other reads, depth first; of those, and of a node's inputs, the one given last comes first.
 */
export function executionOrder(nodes: readonly Node[]): Node[] {
  const makers = makersOf(nodes);
  const read = new Set(makers.flat());
  const seen = new Set<number>();
  const order: Node[] = [];
  const stack = nodes.flatMap((_, place) => (read.has(place) ? [] : [{ place, done: false }]));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { place, done } = top;
    if (done) order.push(nodes[place]!);
    if (done || seen.has(place)) continue;
    seen.add(place);
    stack.push({ place, done: true });
    for (const maker of makers[place]!) if (!seen.has(maker)) stack.push({ place: maker, done: false });
  }
  return order;
}

/**
 * The order to give nodes in so that ONNX Runtime runs them nearly as they stand here: filled from the end, always with the
 * foremost of the nodes whose readers all have their places.
 */
export function orderToGive(nodes: readonly Node[]): Node[] {
  const makers = makersOf(nodes);
  const readers = nodes.map(() => 0);
  for (const maker of makers.flat()) readers[maker]!++;
  const free = readers.map((count) => count === 0);
  const order: Node[] = [];
  for (let place = 0; order.length < nodes.length;) {
    if (!free[place]) {
      place++;
      continue;
    }
    free[place] = false;
    order.push(nodes[place]!);
    // What this makes free stands further in front than it does.
    for (const maker of makers[place]!.toReversed())
      if (--readers[maker]! === 0) {
        free[maker] = true;
        place = maker;
      }
  }
  return order.toReversed();
}
