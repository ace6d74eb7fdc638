import { setTimeout as delay } from "node:timers/promises";
import type { Pids, Reading, Running } from "./reading.ts";

/** Asks again and again, one question at a time; an answer that never comes ends the asking and nothing else. */
export function poll(
  ask: (pids: Pids) => Promise<Reading | null>,
  everyMs: number,
  noAnswer: string,
  pids: Pids,
  take: (reading: Reading) => void,
): Running {
  const stop = new AbortController();
  let fault: string | null = noAnswer;
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const reading = await ask(pids);
      if (reading && !stop.signal.aborted) {
        fault = null;
        take(reading);
      }
      await delay(everyMs, undefined, { ref: false });
    }
  };
  loop().catch((error: Error) => {
    fault = `the sensor failed: ${error.name}`;
  });
  return {
    stop: () => stop.abort(),
    fault: () => fault,
  };
}
