import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";
import type { OnnxModel } from "../../src/onnx/write.ts";

export type Numbers = Float32Array | Int32Array | Uint8Array;

export interface Feed {
  dtype: "float32" | "int32" | "bool" | "uint32";
  shape: readonly number[];
  data: Numbers;
}

/** One run of one model, as it travels to the worker. `signal` is raised when the answer lies in the port. */
export interface Order {
  bytes: Uint8Array;
  externalData: OnnxModel["externalData"];
  feeds: Record<string, Feed>;
}

export type Answer = { numbers: Numbers; shape: readonly number[] } | { error: string };

const signal = new Int32Array(new SharedArrayBuffer(4));
const { port1: here, port2: there } = new MessageChannel();
const worker = new Worker(new URL("onnx-worker.ts", import.meta.url), {
  workerData: { signal, port: there },
  transferList: [there],
});
// An idle worker must not keep the process alive.
worker.unref();

/**
 * Loads a model with one output on onnxruntime's cpu provider, runs it once and waits for its numbers:
 * onnxruntime only has asynchronous calls, tfjs tests read synchronously too, so a worker runs it.
 * @throws what onnxruntime throws
 */
export function runOnnx(order: Order): { numbers: Numbers; shape: readonly number[] } {
  Atomics.store(signal, 0, 0);
  here.postMessage(order, []);
  // The notice of an earlier answer may come late and end a wait too soon.
  while (Atomics.load(signal, 0) === 0) Atomics.wait(signal, 0, 0);
  const answer = receiveMessageOnPort(here)?.message as Answer;
  if ("error" in answer) throw new Error(`onnxruntime: ${answer.error}`);
  return answer;
}
