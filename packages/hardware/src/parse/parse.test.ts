import { describe, expect, test } from "vitest";
import { identifyDevices } from "../devices/identify-devices.ts";
import { parseControllers } from "./controllers.ts";
import { parseGlxinfo } from "./glxinfo.ts";
import { parseLspci } from "./lspci.ts";
import { parseNvidiaSmi } from "./nvidia-smi.ts";
import { parsePci } from "./pci.ts";
import { parseVulkaninfo } from "./vulkaninfo.ts";

describe("parseNvidiaSmi", () => {
  test("reads the CSV query", () => {
    expect(parseNvidiaSmi("Tesla T4, 00000000:00:1E.0, 0x1EB810DE, 15360, 535.161.07\r\n")).toMatchObject([
      { name: "Tesla T4", pciBus: "0000:00:1e.0", pciId: "10de:1eb8", memoryMiB: 15360, driver: "535.161.07" },
    ]);
  });
  test("takes what a card does not tell for unknown", () => {
    expect(
      parseNvidiaSmi("Tesla T4, 00000000:00:1E.0, [N/A], [Insufficient Permissions], [Unknown Error]"),
    ).toMatchObject([{ pciId: null, memoryMiB: null, driver: null }]);
  });
  test("keeps a PCI domain that is not zero", () => {
    expect(parseNvidiaSmi("Tesla T4, 00010000:00:1E.0, 0x1EB810DE, 15360, 535")[0]?.pciBus).toBe("10000:00:1e.0");
  });
  test.each(["", "No devices were found", "Unable to determine the device handle, a, b, c, d", "Tesla T4, x, y, z"])(
    "finds no device in %j",
    (text) => expect(parseNvidiaSmi(text)).toEqual([]),
  );
});

describe("parseLspci", () => {
  test("reads AMD's accelerators and nobody else's", () => {
    const instinct =
      "0000:83:00.0 Processing accelerators [1200]: Advanced Micro Devices, Inc. [AMD/ATI] Arcturus GL-XL [Instinct MI100] [1002:738c] (rev 01)";
    const gaudi =
      "0000:84:00.0 Processing accelerators [1200]: Habana Labs Ltd. HL-2000 AI Training Accelerator [Gaudi] [1da3:1000] (rev 01)";
    expect(parseLspci(`${instinct}\n${gaudi}`)).toMatchObject([{ pciBus: "0000:83:00.0", pciId: "1002:738c/01" }]);
  });
});

describe("parsePci", () => {
  test("keeps displays, with AMD's memory", () => {
    const amd = { address: "0000:03:00.0", class: "0x030000", vendor: "0x1002", device: "0x73bf", revision: "0xc1" };
    expect(parsePci([{ ...amd, vramBytes: String(16 * 2 ** 30), sharedBytes: null }])).toMatchObject([
      { pciId: "1002:73bf/c1", memoryMiB: 16384, sharedMiB: null },
    ]);
    expect(parsePci([{ ...amd, class: "0x040300", vramBytes: null, sharedBytes: null }])).toEqual([]);
  });
});

describe("parseControllers", () => {
  test("does not take a PCI window for memory", () => {
    const windowed = {
      vendor: "NVIDIA Corporation",
      model: "GA102 [GeForce RTX 3090]",
      busAddress: "01:00.0",
      vram: 256,
      vramDynamic: false,
    };
    expect(parseControllers([windowed], "linux")[0]?.memoryMiB).toBeNull();
    expect(parseControllers([windowed], "win32")[0]?.memoryMiB).toBe(256);
  });
  test.each([null, undefined, "text", 7, {}, [null], [7], [{}], [{ vendor: 7, model: [] }]])(
    "finds nothing in %j",
    (answer) => expect(parseControllers(answer, "linux")).toEqual([]),
  );
});

describe("parseVulkaninfo and parseGlxinfo", () => {
  test("find nothing in errors", () => {
    expect(parseVulkaninfo("ERROR: [Loader Message] Code 0 : vkCreateInstance: Found no drivers!\n")).toEqual([]);
    expect(parseGlxinfo("Error: unable to open display\n")).toEqual([]);
  });
  test("read ids in hexadecimal", () => {
    const glxinfo =
      "    Vendor: Intel (0x8086)\n    Device: Mesa Intel(R) UHD Graphics 630 (CFL GT2) (0x3e9b)\n    Accelerated: yes\n";
    expect(parseGlxinfo(glxinfo)).toMatchObject([
      { pciId: "8086:3e9b", name: "Mesa Intel(R) UHD Graphics 630 (CFL GT2)" },
    ]);
  });
});

describe("names that try to do harm", () => {
  test("come out as plain short lines", () => {
    const [device] = identifyDevices({
      platform: "linux",
      controllers: [
        { vendor: "x", model: `<script>alert(1)</script>\u202e\u0000../../${"y".repeat(999)}`, busAddress: "01:00.0" },
      ],
    });
    expect(device?.name).not.toMatch(/[<>\p{C}]/u);
    expect(device?.id).toMatch(/^[a-z0-9-]{1,80}$/);
  });
});
