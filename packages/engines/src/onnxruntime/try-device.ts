import { compile, writeOnnx } from "@epochmark/compiler";
import { add, type Tensor } from "@tensorflow/tfjs";
import { askChild } from "./ask-child.ts";
import type { Provider } from "./model.ts";

/** What the child is handed. */
export interface Trial {
  provider: Provider;
  /** ONNX in base64: one input of one number, whose double is the output. */
  model: string;
  input: string;
}

/**
 * Adds two numbers on a provider, in a process of its own: a broken driver may hang or crash. Returns why it could not,
 * in one line; null when the sum came back.
 */
export async function tryDevice(provider: Provider, environment: Record<string, string> = {}): Promise<string | null> {
  const trial = JSON.stringify({ provider, ...program() } satisfies Trial);
  const answer = await askChild<{ reason: string | null }>(
    new URL("try-child.ts", import.meta.url),
    [trial],
    environment,
  );
  return shortened(typeof answer === "string" ? answer : answer.reason);
}

function program(): Pick<Trial, "model" | "input"> {
  const twice = compile({
    name: "trial",
    state: [],
    inputs: [{ name: "x", shape: [1], dtype: "float32" }],
    apply: (_, { x }) => ({ state: {}, outputs: { y: add(x as Tensor, x as Tensor) } }),
  });
  const { bytes, names } = writeOnnx(twice.graph, twice.name, { frozen: {}, contrib: false });
  return { model: Buffer.from(bytes).toString("base64"), input: names.inputs["x"] as string };
}

/** The end of onnxruntime's message, which says what happened; before it stands where in its source. */
function shortened(reason: string | null): string | null {
  const line = reason?.trim().split("\n")[0] ?? null;
  return line && (/ was false\. (.+)$/.exec(line)?.[1] ?? line).slice(0, 300);
}
