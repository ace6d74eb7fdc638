import { setImmediate as turn } from "node:timers/promises";
import { type Gate, type Message, Pass } from "../child/protocol.ts";

/**
 * Tells the runner that this process is at a gate and goes on with steps until it may pass: a device that idled would
 * start its window with another clock and temperature, and the others would be timed beside an idle device.
 *
 * @param step at least one is done
 * @returns ms until it was let through
 */
export async function waitAt(
  gate: Gate,
  step: () => Promise<unknown>,
  send: (message: Message) => Promise<void>,
): Promise<number> {
  const start = performance.now();
  const runner = { letsPass: false };
  const listen = (message: unknown): void => {
    runner.letsPass ||= Pass.safeParse(message).success;
  };
  process.on("message", listen);
  try {
    await send({ type: "gate", gate });
    do {
      await step();
      // The runner's word is read between two turns of the event loop.
      await turn();
    } while (!runner.letsPass);
  } finally {
    process.off("message", listen);
  }
  return performance.now() - start;
}
