/** Runs one small program on one provider and prints why it could not, as JSON: `node try-child.ts <trial as JSON>`. */
import * as ort from "onnxruntime-node";
import type { Trial } from "./try-device.ts";

const { provider, model, input } = JSON.parse(process.argv[2] ?? "") as Trial;
let reason: string | null = null;
try {
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), { executionProviders: [provider] });
  const results = await session.run({ [input]: new ort.Tensor("float32", Float32Array.of(3), [1, 1]) });
  const [found] = Object.values(results).map(({ data }) => data[0]);
  if (found !== 6) reason = `it says that twice 3 is ${String(found)}`;
} catch (error) {
  reason = (error as Error).message;
}
// Not the driver's own tear-down, which can only hang or crash.
process.stdout.write(`\n${JSON.stringify({ reason })}`, () => process.kill(process.pid, "SIGKILL"));
