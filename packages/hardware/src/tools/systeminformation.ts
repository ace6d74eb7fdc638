import { fileURLToPath } from "node:url";
import { runTool, type RunOptions } from "./run-tool.ts";

const child = fileURLToPath(new URL("./systeminformation-child.ts", import.meta.url));

/** systeminformation's answer, as it stands; null where it failed or took too long. */
export const askSysteminformation = async (question: "graphics" | "host", options: RunOptions): Promise<unknown> => {
  const answer = await runTool(process.execPath, [child, question], options);
  if (!answer.ok) return null;
  try {
    return JSON.parse(answer.text);
  } catch {
    return null;
  }
};
