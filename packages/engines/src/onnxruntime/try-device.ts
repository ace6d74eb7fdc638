import { compile, writeOnnx } from "@epochmark/compiler";
import { matMul, type Tensor2D, tensor2d } from "@tensorflow/tfjs";
import type { Precision } from "@epochmark/schema";
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
 * Doubles a number on a provider, in a process of its own: a broken driver may hang or crash. Returns why it could not,
 * in one line; null when the double came back.
 */
export async function tryDevice(
  provider: Provider,
  environment: Record<string, string> = {},
  precision: Precision = "fp32",
): Promise<string | null> {
  const trial = JSON.stringify({ provider, ...program(precision) } satisfies Trial);
  const answer = await askChild<{ reason: string | null }>(
    new URL("try-child.ts", import.meta.url),
    [trial],
    environment,
  );
  return shortened(typeof answer === "string" ? answer : answer.reason);
}

function program(precision: Precision): Pick<Trial, "model" | "input"> {
  const twice = compile(
    {
      name: "trial",
      state: [],
      inputs: [{ name: "x", shape: [1, 1], dtype: "float32" }],
      apply: (_, { x }) => ({ state: {}, outputs: { y: matMul(x as Tensor2D, tensor2d([[2]])) } }),
    },
    { precision },
  );
  const { bytes, names } = writeOnnx(twice.graph, twice.name, { frozen: {}, contrib: false });
  return { model: Buffer.from(bytes).toString("base64"), input: names.inputs["x"] as string };
}

/** The end of onnxruntime's message, which says what happened; before it stands where in its source. */
function shortened(reason: string | null): string | null {
  const line = reason?.trim().split("\n")[0] ?? null;
  return line && (/ was false\. (.+)$/.exec(line)?.[1] ?? line).slice(0, 300);
}
