import type { Arrays } from "@epochmark/compiler";
import { median } from "simple-statistics";
import { type OpenRequest, type Target, prepare } from "./open.ts";

/** One at a time, so that they need no more memory than the steps that were measured. */
const timedSteps = 3;

/**
 * What a step takes when nothing of it is read (ms): the time to hand it over, which says nothing of the step where
 * the device computes by itself. Null where the device does not, or where it could not be tried: a measured case is
 * not lost for it.
 */
export async function unforcedStepMs(
  opening: OpenRequest,
  { engine, device, threads }: Target,
  [inputs]: readonly Arrays[],
  programs?: string,
): Promise<number | null> {
  const load = engine.unreadOn?.(device);
  if (!load || !inputs) return null;
  try {
    const { program, state } = prepare(opening, programs);
    const unread = await load(program, { device, threads, state });
    const times: number[] = [];
    try {
      // The first one compiles.
      for (let i = 0; i <= timedSteps; i++) {
        const start = performance.now();
        await unread.run(inputs);
        if (i > 0) times.push(performance.now() - start);
        await unread.drain();
      }
    } finally {
      await unread.dispose();
    }
    return median(times);
  } catch {
    return null;
  }
}
