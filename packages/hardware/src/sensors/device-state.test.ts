import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GpuIdentity } from "@epochmark/schema";
import { afterEach, expect, test } from "vitest";
import { describeDeviceState, parseDeviceState } from "./device-state.ts";

const state = {
  known: true,
  method: "nvidia-smi",
  powerLimitW: 320,
  defaultPowerLimitW: 350,
  defaultClockMHz: null,
  maxClockMHz: 2100,
  displayAttached: true,
  partitioned: false,
  pcieGeneration: 4,
  pcieLanes: 16,
};
const answer = "320.00, 350.00, [N/A], 2100, Enabled, 4, 16";

test("how a card is set up", () => {
  expect(parseDeviceState(`${answer}, Disabled\n`)).toEqual(state);
  expect(parseDeviceState(`${answer}, [N/A]\n`)).toEqual({ ...state, partitioned: null });
  expect(parseDeviceState("Unable to determine the device handle")).toBeNull();
});

const card: GpuIdentity = {
  id: "gtx-1050-ti",
  name: "GTX 1050 Ti",
  vendor: "nvidia",
  kind: "discrete",
  memoryMiB: 4096,
  driver: "390.157",
  rawNames: ["GeForce GTX 1050 Ti"],
  inferred: false,
  pciBus: "0000:01:00.0",
};
const folder = mkdtempSync(join(tmpdir(), "epochmark-smi-"));
const installed = (script: string): Promise<unknown> => {
  writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  return describeDeviceState(card, { PATH: `${folder}:/bin:/usr/bin` });
};
afterEach(() => rmSync(join(folder, "nvidia-smi"), { force: true }));

test.skipIf(process.platform === "win32")("a driver that does not know partitions still tells the rest", async () => {
  const refusing = `case "$*" in *mig.*) echo 'Field "mig.mode.current" is not a valid field to query.'; exit 2;; esac`;
  expect(await installed(`${refusing}\necho "${answer}"`)).toEqual({ ...state, partitioned: null });
  expect(await installed(`echo "${answer}, Enabled"`)).toEqual({ ...state, partitioned: true });
  expect(await installed("exit 9")).toEqual({ known: false, reason: "nvidia-smi did not answer (failed)" });
});
