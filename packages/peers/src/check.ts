import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GoldenReport, runGolden } from "@epochmark/runner";
import type { Peer } from "./peers.ts";
import { writePyTorchGolden } from "./pytorch.ts";
import type { LaunchRequest } from "./side.ts";

/**
 * Holds this project's network against the PyTorch one that it is timed with: the same weights and batch by rule,
 * PyTorch in float64, nothing random. Returns lines for people and whether all agreed.
 */
export async function checkSameMath(
  python: string,
  peer: Peer,
  request: Pick<LaunchRequest, "model" | "threads" | "signal">,
): Promise<{ passed: boolean; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "epochmark-peers-"));
  try {
    const file = join(folder, "pytorch.json");
    await writePyTorchGolden(python, peer, { ...request, file });
    const { checks, passed } = await runGolden(file, { threads: request.threads });
    return { passed, lines: summarize(checks) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A line for each kind of quantity: how many, and the one nearest to its tolerance or furthest over. */
function summarize(checks: GoldenReport["checks"]): string[] {
  const kinds = Map.groupBy(
    checks.filter(({ status }) => status !== "info"),
    ({ name }) => name.split("/", 1)[0] ?? name,
  );
  return [...kinds].map(([kind, all]) => {
    const share = ({ error, tolerance }: (typeof all)[number]): number => (error ?? Infinity) / (tolerance ?? Infinity);
    const worst = all.reduce((most, each) => (share(each) > share(most) ? each : most));
    const failed = all.filter(({ status }) => status === "fail").length;
    const verdict = failed > 0 ? `${failed} of ${all.length} differ` : `${all.length} agree`;
    const error = worst.error?.toExponential(1) ?? worst.note;
    return `${kind}: ${verdict}; worst ${worst.name}, relative error ${error}, allowed ${worst.tolerance?.toExponential(1)}`;
  });
}
