import { CheckpointError, listed, quote } from "./error.ts";
import { type Expected, readSafetensors, type Tolerated } from "./read.ts";

/**
 * A model's parameters and buffers from an official checkpoint: exactly the tensors `expected`, by name,
 * in their shapes, as float32 (half and bfloat16 exactly, double rounded). Batch norm's `num_batches_tracked`
 * may be absent or present: with a fixed momentum nothing reads it. What the file may lack and does is not in the result.
 * @throws CheckpointError as `readSafetensors` does, or if a tensor does not hold floats
 */
export async function loadParameters(
  path: string,
  expected: readonly Expected[],
  tolerated: Tolerated = {},
): Promise<Record<string, Float32Array>> {
  const counters = /(^|\.)num_batches_tracked$/;
  const beside = tolerated.others;
  const { tensors } = await readSafetensors(path, expected, {
    ...tolerated,
    others: beside ? new RegExp(`${counters.source}|${beside.source}`) : counters,
  });
  const floats: [string, Float32Array][] = [];
  const others: string[] = [];
  for (const [name, { data, dtype }] of Object.entries(tensors))
    if (data instanceof Float32Array) floats.push([name, data]);
    else others.push(`${quote(name)} is ${dtype}`);
  if (others.length)
    throw new CheckpointError(path, `${listed("tensors without floats", others)}; convert them to F32`);
  return Object.fromEntries(floats);
}
