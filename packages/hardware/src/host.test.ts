import { GpuIdentity, Host } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { cpuIdentity } from "./cpu.ts";
import { describeHost, hostFrom } from "./host.ts";
import { askSysteminformation } from "./tools/systeminformation.ts";

const machine = {
  platform: "linux",
  arch: "x64",
  threads: 4,
  memoryMiB: 16000,
  container: false,
  wsl: false,
  node: "v24.0.0",
} as const;

describe("hostFrom", () => {
  test("keeps distribution and kernel number, and nothing a builder added", () => {
    const os = { distro: "Ubuntu", release: "24.04.1 LTS", kernel: "6.8.0-45-alice-workstation", hostname: "lab-7" };
    const host = hostFrom({ os }, machine);
    expect(host.osVersion).toBe("Ubuntu 24.04.1 LTS, kernel 6.8.0");
    expect(JSON.stringify(host)).not.toMatch(/alice|lab-7/);
  });

  test.each([
    ["Intel", "Xeon® Platinum 8488C", "Intel Xeon Platinum 8488C", "cpu-intel-xeon-platinum-8488c", "intel"],
    ["Intel", "Core™ i7-8750H", "Intel Core i7-8750H", "cpu-intel-core-i7-8750h", "intel"],
    ["AMD", "Ryzen 7 5800H with Radeon Graphics", "AMD Ryzen 7 5800H", "cpu-amd-ryzen-7-5800h", "amd"],
    [
      "AMD",
      "Ryzen Threadripper 3970X 32-Core Processor",
      "AMD Ryzen Threadripper 3970X",
      "cpu-amd-ryzen-threadripper-3970x",
      "amd",
    ],
    ["Apple", "M1", "Apple M1", "cpu-apple-m1", "apple"],
    ["ARM", "Neoverse-N1", "ARM Neoverse-N1", "cpu-arm-neoverse-n1", "arm"],
  ])("%s %s is %s", (manufacturer, brand, name, id, vendor) => {
    const host = hostFrom({ cpu: { manufacturer, brand, physicalCores: 8 } }, machine);
    expect(host.cpu).toMatchObject({ name, physicalCores: 8, threads: 4 });
    expect(cpuIdentity(host)).toMatchObject({ id, name, vendor, kind: "cpu", memoryMiB: 16000 });
  });

  test.each([null, undefined, 7, "text", [], {}, { os: 7, cpu: "x" }, { cpu: { brand: "", physicalCores: "none" } }])(
    "makes a whole host of %j",
    (answer) => {
      const host = hostFrom(answer, { ...machine, cpuModel: "Intel(R) Xeon(R) CPU E5-2690 v4 @ 2.60GHz" });
      expect(() => Host.parse(host)).not.toThrow();
      expect(host.cpu).toMatchObject({ name: "Intel Xeon E5-2690 v4", physicalCores: null });
    },
  );

  test("gives a nameless processor an id by its architecture", () => {
    const identity = cpuIdentity(hostFrom(null, { ...machine, arch: "arm64" }));
    expect(identity.id).toBe("cpu-unknown-arm64");
    expect(() => GpuIdentity.parse(identity)).not.toThrow();
  });
});

describe("describeHost", () => {
  test("describes this machine", async () => {
    const host = await describeHost();
    expect(() => Host.parse(host)).not.toThrow();
    expect(() => GpuIdentity.parse(cpuIdentity(host))).not.toThrow();
  });

  test("hears nothing that could name a person or a machine", async () => {
    const answer = await askSysteminformation("host", { timeoutMs: 20_000, env: process.env });
    expect(answer).toMatchObject({ os: {}, cpu: {} });
    const { os, cpu } = answer as { os: object; cpu: object };
    expect(Object.keys(os).toSorted()).toEqual(["distro", "kernel", "release"]);
    expect(Object.keys(cpu).toSorted()).toEqual(["brand", "manufacturer", "physicalCores"]);
  });

  test("answers in part when systeminformation does not answer in time", async () => {
    const host = await describeHost({ timeoutMs: 1 });
    expect(() => Host.parse(host)).not.toThrow();
    expect(host.cpu.physicalCores).toBeNull();
  });
});
