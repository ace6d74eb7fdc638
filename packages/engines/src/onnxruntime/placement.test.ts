import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { FirstRunProfile, countByProvider, kernelsOf, operatorTimes, placementOf } from "./placement.ts";

const kernel = (name: string, provider: string, op = "Add"): object => ({
  cat: "Node",
  name: `${name}_kernel_time`,
  dur: 2000,
  args: { provider, op_name: op },
});

test("counts each node once, by provider and operation", () => {
  const kernels = kernelsOf(
    JSON.stringify([
      { cat: "Session", name: "model_loading_array", args: {} },
      { cat: "Node", name: "v1_fence_before", args: { op_name: "Add" } },
      kernel("v1", "WebGpuExecutionProvider"),
      kernel("v2", "WebGpuExecutionProvider"),
      kernel("v3", "CPUExecutionProvider", "CumSum"),
    ]),
  );
  const placement = placementOf(kernels);
  expect(placement).toEqual({ WebGpuExecutionProvider: { Add: 2 }, CPUExecutionProvider: { CumSum: 1 } });
  expect(operatorTimes(kernels)).toEqual({ Add: 4, CumSum: 2 });
  expect(countByProvider(placement)).toEqual({ WebGpuExecutionProvider: 2, CPUExecutionProvider: 1 });
});

test("leaves no file behind, read or not", () => {
  const read = new FirstRunProfile();
  const folder = dirname(read.options.profileFilePrefix);
  writeFileSync(join(folder, "run_1.json"), JSON.stringify([kernel("v1", "CPUExecutionProvider")]));
  expect(read.read()).toEqual({ placement: { CPUExecutionProvider: { Add: 1 } }, operatorMs: { Add: 2 } });
  expect(existsSync(folder)).toBe(false);

  const unread = new FirstRunProfile();
  expect(readdirSync(dirname(unread.options.profileFilePrefix))).toEqual([]);
  unread.discard();
  expect(existsSync(dirname(unread.options.profileFilePrefix))).toBe(false);
});
