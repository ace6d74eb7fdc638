/** A thread that makes batches: decodes, crops and augments while the step runs. */
import { parentPort, workerData } from "node:worker_threads";
import type { Plugin } from "@epochmark/plugin-kit";
import { makeTrainingBatch } from "./make-batch.ts";
import type { BatchAnswer, BatchJob, LoaderSetup } from "./protocol.ts";

const setup = workerData as LoaderSetup;
const port = parentPort!;
const loading = import(setup.module) as Promise<{ default: Plugin }>;

port.on("message", (job: BatchJob) => void answer(job));

async function answer(job: BatchJob): Promise<void> {
  try {
    const { default: plugin } = await loading;
    const start = performance.now();
    const model = plugin.models.find(({ id }) => id === setup.model)!;
    const made = await makeTrainingBatch(model, setup, job);
    const reply: BatchAnswer = { step: job.step, ...made, makingMs: performance.now() - start };
    const buffers = new Set(Object.values(made.inputs).map(({ buffer }) => buffer as ArrayBuffer));
    port.postMessage(reply, [...buffers]);
  } catch (error) {
    const { name, message } = error as Error;
    const reply: BatchAnswer = { step: job.step, error: { name, message } };
    port.postMessage(reply);
  }
}
