import type { DataFlow, FlowBlock } from "@epochmark/schema";
import type { Node } from "../graph/graph.ts";

/** A box while the drawing is made: what it holds and which boxes it reads. */
export class Block {
  readonly kind: FlowBlock["kind"];
  readonly name: string;
  shape: readonly number[];
  readonly sources = new Set<Block>();
  readonly nodes: Node[] = [];
  /** Elements of each parameter that it reads, by name. */
  readonly parameters = new Map<string, number>();
  flops = 0;
  /** Equal blocks that follow in a row and are drawn as this one. */
  followers: Block[] = [];

  constructor(kind: FlowBlock["kind"], name: string, shape: readonly number[]) {
    this.kind = kind;
    this.name = name;
    this.shape = shape;
  }

  /** Whether this block's input depends on the other's result. */
  follows(other: Block, seen = new Set<Block>()): boolean {
    if (this.sources.has(other)) return true;
    seen.add(this);
    return [...this.sources].some((source) => !seen.has(source) && source.follows(other, seen));
  }
}

/** The boxes in an order in which data runs, as they are written down. */
export function drawn(blocks: readonly Block[]): DataFlow {
  const order = sorted(blocks);
  const counted = new Set<string>();
  return {
    blocks: order.map((block) => {
      const all = [block, ...block.followers];
      const parameters = all.flatMap((one) => [...one.parameters]).filter(([name]) => !counted.has(name));
      const sizes = new Map(parameters);
      for (const name of sizes.keys()) counted.add(name);
      return {
        kind: block.kind,
        name: block.name,
        repeat: all.length,
        last: block.followers.at(-1)?.name ?? null,
        parameters: [...sizes.values()].reduce((sum, size) => sum + size, 0),
        flops: all.reduce((sum, { flops }) => sum + flops, 0),
        shape: [...all.at(-1)!.shape],
      };
    }),
    edges: order.flatMap((block, to) =>
      [...block.sources].map((source) => ({ from: order.indexOf(source), to })).toSorted((a, b) => a.from - b.from),
    ),
  };
}

/** Each block after all that it reads; among those that could come next the earliest of the trace. */
function sorted(blocks: readonly Block[]): Block[] {
  const order: Block[] = [];
  const left = new Set(blocks);
  while (left.size > 0) {
    const next = [...left].find((block) => [...block.sources].every((source) => !left.has(source)));
    if (!next) throw new Error("the boxes of the data flow run in a circle");
    order.push(next);
    left.delete(next);
  }
  return order;
}
