import { type Engine, engineById } from "@epochmark/engines";
import { probe } from "../measure/probe.ts";
import { chooseDevice } from "../plan/device.ts";

export interface TargetOptions {
  /** Default: onnxruntime. */
  engine?: string;
  /** Default: cpu. */
  device?: string;
  /** Default: one, so that sums are added in the same order, and a number is the same, on every machine. */
  threads?: number;
}

/** Where to run one program in this process. @throws {UsageError} when the engine or device cannot be used, with the reason */
export async function chooseTarget(
  options: TargetOptions,
): Promise<{ engine: Engine; device: string; threads: number }> {
  const engines = await probe("@epochmark/engines");
  const chosen = chooseDevice(engines, {
    engine: options.engine ?? "onnxruntime",
    device: options.device ?? "cpu",
  });
  return {
    engine: engineById(chosen.engine.id),
    device: chosen.device.id,
    threads: options.threads ?? 1,
  };
}
