import { launchChild, type Launcher } from "./launch.ts";
import type { EngineInfo } from "./protocol.ts";

/** Address of the project's own engines. */
export const enginesModule = import.meta.resolve("@epochmark/engines");

/** Loading the engines' native libraries takes a second or two; a driver that hangs is given up after this. */
const budgetMs = 30_000;

/**
 * The engines of a module, preferred first, with the devices each can use here. Asked in a child process, because
 * a driver that crashes or hangs must not take the caller with it.
 *
 * @throws an error in one line when no answer came
 */
export async function probeEngines(
  module: string = enginesModule,
  launch: Launcher = launchChild,
  signal?: AbortSignal,
): Promise<EngineInfo[]> {
  const { messages, ending } = await launch({ type: "probe", enginesModule: module }, { budgetMs, signal });
  const answer = messages.find((message) => message.type === "engines");
  if (answer) return answer.engines;
  signal?.throwIfAborted();
  throw new Error(`looking for engines failed: ${ending?.reason ?? "no answer"}`);
}
