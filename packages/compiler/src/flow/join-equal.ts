import type { Block } from "./block.ts";

/**
 * Draws equal modules in a row as one: `blocks.0` … `blocks.11`, each reading only the one before, of the
 * same parameters and FLOPs. The first of a row takes the others as its followers and is read in the last one's place.
 */
export function joinEqual(blocks: readonly Block[]): Block[] {
  const joined = new Map<Block, Block>();
  for (const block of blocks) {
    const [before] = block.sources;
    if (!before || block.sources.size > 1) continue;
    const head = joined.get(before) ?? before;
    const readers = blocks.filter(({ sources }) => sources.has(before));
    if (readers.length > 1 || !alike(before, block)) continue;
    head.followers.push(block);
    joined.set(block, head);
  }
  const kept = blocks.filter((block) => !joined.has(block));
  for (const block of kept) {
    const sources = [...block.sources].map((source) => joined.get(source) ?? source);
    block.sources.clear();
    for (const source of sources) block.sources.add(source);
  }
  return kept;
}

const alike = (a: Block, b: Block): boolean =>
  a.kind === "module" &&
  b.kind === "module" &&
  numbered(a.name) === numbered(b.name) &&
  numbered(a.name) !== a.name &&
  a.flops === b.flops &&
  sizes(a) === sizes(b);

const numbered = (name: string): string => name.replace(/\d+$/, "#");

const sizes = ({ parameters }: Block): string => [...parameters.values()].join();
