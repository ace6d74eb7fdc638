import { type MessagePort, workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import type { Answer, Numbers, Order } from "./run-onnx.ts";

const { signal, port } = workerData as { signal: Int32Array; port: MessagePort };

port.on("message", (order: Order) => {
  void run(order)
    .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answer) => {
      port.postMessage(answer);
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
});

/** Options are the product's own, but for one thread: these tensors are small. */
async function run({ bytes, externalData, feeds }: Order): Promise<Answer> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    externalData,
    logSeverityLevel: 3,
  });
  try {
    const tensors = Object.entries(feeds).map(
      ([name, { dtype, data, shape }]) =>
        [name, new ort.Tensor(dtype as "float32", data as Float32Array, shape)] as const,
    );
    const [result] = Object.values(await session.run(Object.fromEntries(tensors)));
    if (!result) return { error: "the model has no output" };
    return { numbers: result.data as Numbers, shape: result.dims };
  } finally {
    await session.release();
  }
}
