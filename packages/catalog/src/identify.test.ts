import { describe, expect, test } from "vitest";
import { gpus } from "./gpus.ts";
import { identify, type IdentityHints } from "./identify.ts";

const outcome = (name: string, hints?: IdentityHints): string => {
  const result = identify(name, hints);
  if (result.status === "match") return result.gpu.id;
  return result.status === "unknown" ? "unknown" : result.candidates.map(({ id }) => id).join(" or ");
};

describe("every catalogued GPU", () => {
  const named = gpus.filter(({ vendor }) => vendor !== "apple");
  test.each(named.map((gpu) => [gpu.id, gpu.name, gpu]))("%s is found by its own name and memory", (id, name, gpu) => {
    const memoryMiB = gpu.memoryGB.value * 1024;
    expect(outcome(name, { memoryMiB, laptop: gpu.formFactor === "laptop" })).toBe(id);
  });

  test("is found by its PCI id when the PCI database has no name for it yet", () => {
    expect(outcome("NVIDIA Corporation Device 2684", { pciId: "10de:2684" })).toBe("geforce-rtx-4090");
  });
});

describe("spellings of one card", () => {
  test.each([
    "GeForce RTX 3090",
    "NVIDIA GeForce RTX 3090",
    "NVIDIA GeForce RTX 3090/PCIe/SSE2",
    "nvidia geforce rtx 3090",
    "NVIDIA Corporation GA102 [GeForce RTX 3090]",
    "NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204]",
    "D3D12 (NVIDIA GeForce RTX 3090)",
  ])("%s", (name) => expect(outcome(name)).toBe("geforce-rtx-3090"));

  test.each([
    ["AMD Radeon RX 6800 XT (RADV NAVI21)", "radeon-rx-6800-xt"],
    ["Intel(R) Arc(TM) A770 Graphics", "arc-a770-16gb"],
    ["Mesa Intel(R) Arc(tm) B580 Graphics (BMG G21)", "arc-b580"],
    ["AMD Radeon(TM) RX 540X", "radeon-rx-540x"],
    ["AMD Radeon 540X Series (POLARIS12, DRM 3.35.0)", "radeon-540x"],
    ["Tesla P100-PCIE-16GB", "tesla-p100-pcie-16gb"],
    ["Tesla P100-PCIE-12GB", "tesla-p100-pcie-12gb"],
    ["Tesla P100-SXM2-16GB", "tesla-p100-sxm2-16gb"],
    ["Tesla V100-SXM2-32GB", "tesla-v100-sxm2-32gb"],
    ["NVIDIA A100-SXM4-80GB", "a100-sxm4-80gb"],
    ["NVIDIA A100 80GB PCIe", "a100-pcie-80gb"],
    ["NVIDIA H100 80GB HBM3", "h100-sxm5-80gb"],
    ["NVIDIA H100 PCIe", "h100-pcie-80gb"],
    ["GeForce GTX TITAN X", "geforce-gtx-titan-x"],
    ["TITAN X (Pascal)", "titan-x-pascal"],
    ["TITAN Xp", "titan-xp"],
    ["GeForce RTX 2080 with Max-Q Design", "geforce-rtx-2080-max-q"],
    ["NVIDIA GeForce RTX 4090 Laptop GPU", "geforce-rtx-4090-laptop"],
  ])("%s is %s", (name, id) => expect(outcome(name)).toBe(id));
});

describe("laptop and desktop cards of one name", () => {
  const both = "geforce-gtx-1050-ti or geforce-gtx-1050-ti-laptop";
  test("stay ambiguous when nothing decides", () => expect(outcome("GeForce GTX 1050 Ti")).toBe(both));
  test.each([
    ["10de:1c82", "geforce-gtx-1050-ti"],
    ["10de:1c8c", "geforce-gtx-1050-ti-laptop"],
    ["10de:1c8f", "geforce-gtx-1050-ti-max-q"],
  ])("are told apart by PCI id %s", (pciId, id) => expect(outcome("GeForce GTX 1050 Ti", { pciId })).toBe(id));
  test("are told apart by the chassis", () => {
    expect(outcome("GeForce GTX 1050 Ti", { laptop: true })).toBe("geforce-gtx-1050-ti-laptop");
    expect(outcome("GeForce GTX 1050 Ti", { laptop: false })).toBe("geforce-gtx-1050-ti");
  });
  test("the PCI id wins over the chassis: an external card on a laptop", () => {
    expect(outcome("GeForce GTX 1050 Ti", { laptop: true, pciId: "10de:1c82" })).toBe("geforce-gtx-1050-ti");
  });
  test("the PCI database says Mobile where it means it", () => {
    expect(outcome("NVIDIA Corporation GP107 [GeForce GTX 1050 Ti]")).toBe("geforce-gtx-1050-ti");
    expect(outcome("NVIDIA Corporation GP107M [GeForce GTX 1050 Ti Mobile]")).toBe("geforce-gtx-1050-ti-laptop");
  });
  test("an id that no entry lists leaves the variant open", () => {
    expect(outcome("GeForce GTX 1050 Ti", { pciId: "10de:ffff" })).toBe(both);
  });
  test("Quadro RTX 4000: the driver's name splits what shares a PCI id", () => {
    expect(outcome("Quadro RTX 4000", { pciId: "10de:1eb1" })).toBe("quadro-rtx-4000");
    expect(outcome("Quadro RTX 4000", { pciId: "10de:1eb6" })).toBe("quadro-rtx-4000-laptop");
    expect(outcome("Quadro RTX 4000 with Max-Q Design", { pciId: "10de:1eb6" })).toBe("quadro-rtx-4000-max-q");
    expect(outcome("NVIDIA Corporation TU104GLM [Quadro RTX 4000 Mobile / Max-Q]", { pciId: "10de:1eb6" })).toBe(
      "quadro-rtx-4000-laptop or quadro-rtx-4000-max-q",
    );
  });
});

describe("memory", () => {
  test("decides between variants", () => {
    expect(outcome("NVIDIA GeForce RTX 3080")).toBe("geforce-rtx-3080-10gb or geforce-rtx-3080-12gb");
    expect(outcome("NVIDIA GeForce RTX 3080", { memoryMiB: 10240 })).toBe("geforce-rtx-3080-10gb");
    expect(outcome("NVIDIA GeForce RTX 3080", { memoryMiB: 12288 })).toBe("geforce-rtx-3080-12gb");
    expect(outcome("NVIDIA GeForce RTX 3080 Laptop GPU", { memoryMiB: 16384 })).toBe("geforce-rtx-3080-laptop-16gb");
  });
  test("may be smaller than the nominal size where ECC takes a share", () => {
    expect(outcome("Tesla T4", { memoryMiB: 15360 })).toBe("tesla-t4");
    expect(outcome("NVIDIA A40", { memoryMiB: 46068 })).toBe("a40");
  });
  test("keeps a card of the same name but another size from passing as the known one", () => {
    expect(identify("NVIDIA GeForce RTX 3060", { memoryMiB: 8192 }).status).toBe("ambiguous");
  });
});

describe("names that list products", () => {
  const lexa = "Advanced Micro Devices, Inc. [AMD/ATI] Lexa [Radeon 540X/550X/630 / RX 640 / E9171 MCM]";
  const lexaPro = "Advanced Micro Devices, Inc. [AMD/ATI] Lexa PRO [Radeon 540/540X/550/550X / RX 540X/550/550X]";
  test("are no proof of any of them", () => {
    expect(identify(lexa).status).toBe("ambiguous");
    expect(outcome(lexaPro)).toBe("radeon-540x or radeon-rx-540x");
  });
  test("are decided by AMD's revision", () => {
    expect(outcome(lexa, { pciId: "1002:6987/c3" })).toBe("radeon-540x");
    expect(identify(lexa, { pciId: "1002:6987/c1" }).status).toBe("ambiguous");
    expect(identify(lexa, { pciId: "1002:6987" }).status).toBe("ambiguous");
  });
});

describe("what the catalogue must not claim to know", () => {
  test.each([
    ["TITAN X", "geforce-gtx-titan-x or titan-x-pascal"],
    ["Radeon RX 580 2048SP", "unknown"],
    ["GeForce GTX 1050 Mobile", "unknown"],
    ["Intel(R) UHD Graphics 630", "unknown"],
    ["llvmpipe (LLVM 15.0.7, 256 bits)", "unknown"],
    ["", "unknown"],
    ["[[[]", "unknown"],
  ])("%s: %s", (name, expected) => expect(outcome(name)).toBe(expected));

  test("a share of a card is not the card, whatever its PCI id", () => {
    expect(outcome("GRID V100-8Q", { pciId: "10de:1db4" })).toBe("unknown");
    expect(outcome("NVIDIA A40-48Q", { pciId: "10de:2235" })).toBe("unknown");
  });
});
