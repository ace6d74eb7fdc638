import { expect, test } from "vitest";
import type { VulkanDevice } from "./vulkan.ts";
import { withVulkanHint } from "./devices.ts";
import { webgpuDevices } from "./webgpu.ts";

const radeon: VulkanDevice = { name: "AMD Radeon RX 6800 (RADV NAVI21)", kind: "discrete", pciId: "1002:73bf" };
const intel: VulkanDevice = { name: "Intel(R) UHD Graphics 630 (CFL GT2)", kind: "integrated", pciId: "8086:3e92" };
const geforce: VulkanDevice = { name: "NVIDIA GeForce GTX 1050 Ti", kind: "discrete", pciId: "10de:1c82" };
const older: VulkanDevice = { name: "NVIDIA GeForce GT 1030", kind: "discrete", pciId: "10de:1d01" };
const software: VulkanDevice = { name: "llvmpipe (LLVM 15.0.6, 256 bits)", kind: "software", pciId: "0005:0000" };

const short = (...args: Parameters<typeof webgpuDevices>) =>
  webgpuDevices(...args).map(({ id, name, usable, precisions, reason }) => [
    id,
    name,
    usable,
    precisions?.fp32 ?? {},
    reason,
  ]);

test("the discrete card is what WebGPU takes, the integrated one is reached through its own driver, software is named", () => {
  const vulkan = {
    devices: [intel, software, radeon],
    drivers: [
      { manifest: "/icd/intel.json", devices: [intel] },
      { manifest: "/icd/lvp.json", devices: [software] },
      { manifest: "/icd/radeon.json", devices: [radeon] },
    ],
  };
  expect(short(vulkan)).toEqual([
    ["webgpu", radeon.name, true, {}, null],
    ["webgpu:1", intel.name, true, { VK_ICD_FILENAMES: "/icd/intel.json" }, null],
    ["webgpu:2", software.name, true, { VK_ICD_FILENAMES: "/icd/lvp.json" }, null],
  ]);
  expect(webgpuDevices(vulkan)).toMatchObject([
    { kind: "discrete", inferred: true, pciId: "1002:73bf" },
    { kind: "integrated", inferred: true },
    { kind: "software", inferred: true },
  ]);
});

test("of identical cards only one can be had, and of one driver's cards only its first: each says why", () => {
  const twins = { devices: [geforce, { ...geforce }], drivers: [{ manifest: "/icd/nv.json", devices: [geforce] }] };
  expect(webgpuDevices(twins)[1]).toMatchObject({
    id: "webgpu:1",
    usable: false,
    reason: "identical to the card that webgpu takes: onnxruntime's Node API cannot choose between the two",
  });
  const pair = { devices: [geforce, older], drivers: [{ manifest: "/icd/nv.json", devices: [geforce, older] }] };
  expect(webgpuDevices(pair)[1]).toMatchObject({
    usable: false,
    reason: `its driver serves ${geforce.name} first: onnxruntime's Node API cannot choose another`,
  });
});

test("without Vulkan the device has no name: the machine's own list must tell it", () => {
  expect(webgpuDevices(null, "darwin")).toMatchObject([
    { id: "webgpu", kind: "integrated", name: null, inferred: true },
  ]);
  expect(webgpuDevices(null, "win32")).toMatchObject([{ id: "webgpu", kind: "discrete", name: null, inferred: true }]);
});

test.runIf(process.platform === "linux")(
  "beside an NVIDIA card a missing adapter is told with what may be missing",
  () => {
    const device = { id: "webgpu", kind: "discrete", name: null, usable: false } as const;
    const reason = "Failed to get a WebGPU adapter: No supported adapters";
    expect(withVulkanHint({ ...device, reason }).reason).toBe(
      `${reason}: NVIDIA's Vulkan driver needs libvulkan1, libx11-6 and libxext6`,
    );
    expect(withVulkanHint({ ...device, reason: "another" }).reason).toBe("another");
  },
);
