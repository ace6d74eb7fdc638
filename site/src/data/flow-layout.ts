import type { DataFlow } from "@epochmark/schema";

/** Sizes of the drawing (its own units, pixels where it is not scaled). */
export const flowSize = { box: { width: 320, height: 48 }, gap: 22, lane: 14 } as const;

export type FlowLayout = {
  /** Top of each box. */
  boxes: number[];
  /** Arrows from a box to the one right below. */
  straight: { x: number; from: number; to: number }[];
  /** Arrows past other boxes, beside them at `lane`. */
  arcs: { from: number; to: number; lane: number }[];
  width: number;
  height: number;
};

/** Boxes in one column in the order of the data, so that the drawing fits a phone; longer ways run beside them. */
export const flowLayout = ({ blocks, edges }: DataFlow): FlowLayout => {
  const { box, gap, lane: laneWidth } = flowSize;
  const step = box.height + gap;
  const boxes = blocks.map((_, i) => i * step);
  const near = edges.filter(({ from, to }) => to === from + 1);
  const far = edges.filter(({ from, to }) => to > from + 1);
  const lanes = assignLanes(far);
  const count = Math.max(-1, ...lanes) + 1;
  return {
    boxes,
    straight: near.map(({ from, to }) => ({ x: box.width / 2, from: boxes[from]! + box.height, to: boxes[to]! - 1 })),
    arcs: far.map(({ from, to }, i) => ({
      from: boxes[from]! + box.height * 0.65,
      to: boxes[to]! + box.height * 0.35,
      lane: box.width + laneWidth * (lanes[i]! + 1),
    })),
    width: box.width + laneWidth * (count + 0.5) + 2,
    height: blocks.length * step - gap,
  };
};

/** The lane of each edge: the innermost that no edge over the same boxes holds; shorter ways lie further in. */
const assignLanes = (edges: readonly { from: number; to: number }[]): number[] => {
  const taken: { from: number; to: number }[][] = [];
  const lanes = new Map<object, number>();
  for (const edge of edges.toSorted((a, b) => a.to - a.from - (b.to - b.from))) {
    const free = taken.findIndex((held) => held.every(({ from, to }) => edge.to <= from || edge.from >= to));
    const lane = free < 0 ? taken.push([]) - 1 : free;
    taken[lane]!.push(edge);
    lanes.set(edge, lane);
  }
  return edges.map((edge) => lanes.get(edge)!);
};
