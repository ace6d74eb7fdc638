/** Runs small programs on one provider and prints why each could not, as JSON, after each: `node try-child.ts <trial as JSON>`. */
import { writeSync } from "node:fs";
import * as ort from "onnxruntime-node";
import type { Answer, Trial } from "./try-device.ts";

const { provider, programs } = JSON.parse(process.argv[2] ?? "") as Trial;
const reasons: Answer["reasons"] = [];
for (const { model, input } of programs) {
  reasons.push(await fault(model, input));
  // At once: the next program may end the process.
  writeSync(1, `\n${JSON.stringify({ reasons } satisfies Answer)}`);
}
// Not the driver's own tear-down, which can only hang or crash.
process.kill(process.pid, "SIGKILL");

async function fault(model: string, input: string): Promise<string | null> {
  try {
    const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), { executionProviders: [provider] });
    const results = await session.run({ [input]: new ort.Tensor("float32", Float32Array.of(3), [1, 1]) });
    const [found] = Object.values(results).map(({ data }) => data[0]);
    return found === 6 ? null : `it says that twice 3 is ${String(found)}`;
  } catch (error) {
    return (error as Error).message;
  }
}
