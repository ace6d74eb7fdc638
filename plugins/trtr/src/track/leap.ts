/** Figures of the official online tracker, in search pixels. */
const rules = {
  /** Half of the template's side. */
  leap: 63.5,
  larger: 500,
} as const;

/**
 * Side of the search image from the second tracked frame on, in pixels (TrTr's repository, online part of its tracker): where
 * the first tracked frame shows that the target leaps, the search grows, and the filter has to be fitted anew.
 * @param moved how far the target is from the middle of the first search image, in search pixels
 */
export function searchAfter(side: number, [x, y]: readonly [number, number]): number {
  return Math.hypot(x, y) > rules.leap ? Math.max(side, rules.larger) : side;
}
