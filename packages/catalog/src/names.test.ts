import { describe, expect, test } from "vitest";
import { displayName, parseName, slug } from "./names.ts";

describe("parseName", () => {
  test("spells out what a list abbreviates", () => {
    expect(parseName("Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]").keys).toEqual([
      "radeon rx 6800",
      "radeon rx 6800 xt",
      "radeon rx 6900 xt",
    ]);
    expect(parseName("TU102GL [Quadro RTX 6000/8000]").keys).toEqual(["quadro rtx 6000", "quadro rtx 8000"]);
  });

  test("reads forms and memory sizes wherever they stand", () => {
    const parsed = parseName("GA104M [GeForce RTX 3080 Mobile / Max-Q 8GB/16GB]");
    expect(parsed.keys).toEqual(["geforce rtx 3080 laptop", "geforce rtx 3080 max-q"]);
    expect(parsed.memoriesGB).toEqual([8, 16]);
  });
});

describe("displayName", () => {
  test.each([
    ["NVIDIA Corporation GP107M [GeForce GTX 1050 Mobile]", "nvidia", "GeForce GTX 1050 Laptop"],
    ["Intel Corporation UHD Graphics 630 (Mobile)", "intel", "Intel UHD Graphics 630"],
    ["Intel Corporation Raptor Lake-P [Iris Xe Graphics]", "intel", "Intel Iris Xe Graphics"],
    ["Advanced Micro Devices, Inc. [AMD/ATI] Renoir", "amd", "AMD Renoir"],
    ["Advanced Micro Devices, Inc. [AMD/ATI] Rembrandt [Radeon 680M]", "amd", "Radeon 680M"],
    ["Apple M1 Max", "apple", "Apple M1 Max"],
    ["llvmpipe (LLVM 15.0.7, 256 bits)", "mesa", "llvmpipe"],
  ])("%s", (raw, vendor, name) => expect(displayName(raw, vendor)).toBe(name));
});

describe("slug", () => {
  test("is a safe file name whatever comes in", () => {
    expect(slug("Radeon 540X/550X")).toBe("radeon-540x-550x");
    expect(slug("../../etc")).toBe("etc");
    expect(slug("日本")).toBe("unknown");
    expect(slug("x".repeat(200))).toHaveLength(80);
  });
});
