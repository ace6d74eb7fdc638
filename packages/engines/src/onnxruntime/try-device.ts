import { compile, writeOnnx } from "@epochmark/compiler";
import { matMul, type Tensor2D, tensor2d } from "@tensorflow/tfjs";
import type { Precision } from "@epochmark/schema";
import { askChild } from "./ask-child.ts";
import type { Provider } from "./model.ts";

/** What the child is handed. */
export interface Trial {
  provider: Provider;
  /** ONNX in base64, one a precision: one input of one number, whose double is the output. */
  programs: { model: string; input: string }[];
}

/** The child's answer: why a program's number did not come back doubled, in the order of the trial's programs. */
export type Answer = { reasons: (string | null)[] };

/**
 * Doubles a number on a provider in each precision, in a process of its own: a broken driver may hang or crash. Returns
 * why it could not, in one line each; null where the double came back.
 */
export async function tryDevice<Asked extends Precision>(
  provider: Provider,
  environment: Record<string, string>,
  precisions: readonly Asked[],
): Promise<Record<Asked, string | null>> {
  const trial = JSON.stringify({ provider, programs: precisions.map(program) } satisfies Trial);
  const answer = await askChild<Answer>(new URL("try-child.ts", import.meta.url), [trial], environment);
  const reasonOf = (index: number): string | null => {
    if (typeof answer === "string") return answer;
    const reason = answer.reasons[index];
    // It tells after each program: what is missing ended it.
    return reason === undefined ? "the driver ended the process" : reason;
  };
  return Object.fromEntries(precisions.map((precision, i) => [precision, shortened(reasonOf(i))])) as never;
}

function program(precision: Precision): Trial["programs"][number] {
  const twice = compile(
    {
      name: "trial",
      state: [],
      inputs: [{ name: "x", shape: [1, 1], dtype: "float32" }],
      apply: (_, { x }) => ({ state: {}, outputs: { y: matMul(x as Tensor2D, tensor2d([[2]])) } }),
    },
    { precision },
  );
  const { bytes, names } = writeOnnx(twice.graph, twice.name, { frozen: {}, kernels: "plain" });
  return { model: Buffer.from(bytes).toString("base64"), input: names.inputs["x"] as string };
}

/** The end of onnxruntime's message, which says what happened; before it stands where in its source. */
function shortened(reason: string | null): string | null {
  const line = reason?.trim().split("\n")[0] ?? null;
  return line && (/ was false\. (.+)$/.exec(line)?.[1] ?? line).slice(0, 300);
}
