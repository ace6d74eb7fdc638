/**
 * The child process of one launch: takes one request from the runner, answers over the message channel, never on
 * stdout. Its own first act is to make sure that it cannot outlive the runner.
 */
import { once } from "node:events";
import { flushCompileCache } from "node:module";
import { Worker } from "node:worker_threads";
import { killTree } from "./kill.ts";
import { type Message, Request } from "./protocol.ts";

const watchdog = new Worker(new URL("watchdog.mjs", import.meta.url), {
  workerData: { runner: Number(process.argv[2]), child: process.pid },
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
});
watchdog.unref();
// The watchdog sees it too, a moment later; this one is immediate while the main thread is free.
process.on("disconnect", () => killTree(process.pid));

const [[received]] = await Promise.all([once(process, "message"), once(watchdog, "online")]);

const send = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });

try {
  const request = Request.parse(received);
  // Loaded only now: whatever a plugin or an engine does while it loads, the watchdog is already up.
  if (request.type === "probe") {
    const { probe } = await import("../measure/probe.ts");
    await send({ type: "engines", engines: await probe(request.enginesModule) });
  } else {
    const { measureCase } = await import("../measure/measure.ts");
    await measureCase(request, send);
  }
  // The runner ends this process as soon as it has heard that all is done.
  flushCompileCache();
  await send({ type: "done" });
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  await send({ type: "error", unsupported: name === "UnsupportedError", text: message || name });
  process.exitCode = 1;
}
process.exit();
