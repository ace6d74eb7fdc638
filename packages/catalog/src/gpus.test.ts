import { describe, expect, test } from "vitest";
import { findGpu, gpus } from "./gpus.ts";
import { displayName, slug } from "./names.ts";

const figures = (id: string) => {
  const gpu = findGpu(id);
  return gpu && [gpu.memoryGB.value, gpu.bandwidthGBs?.value ?? null, gpu.fp32Tflops?.value ?? null];
};

describe("the catalogue", () => {
  test("holds every card of the article, variants apart", () => {
    const ids = [
      "geforce-gtx-1050-ti",
      "geforce-gtx-titan-x",
      "radeon-540x",
      "radeon-rx-540x",
      "tesla-p100-pcie-16gb",
      "tesla-p100-sxm2-16gb",
      "tesla-v100-pcie-16gb",
      "tesla-v100-sxm2-16gb",
      "quadro-rtx-4000",
      "quadro-rtx-4000-laptop",
      "quadro-rtx-4000-max-q",
      "geforce-rtx-3090",
    ];
    expect(ids.filter((id) => findGpu(id) === undefined)).toEqual([]);
  });

  test(`gives every device one id, and the id of its name or a longer one: ${gpus.length} devices`, () => {
    expect(new Set(gpus.map(({ id }) => id)).size).toBe(gpus.length);
    const odd = gpus.filter(({ id, name }) => !id.startsWith(slug(name).split("-").slice(0, 2).join("-")));
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  test("names a source for every figure, and never an address nobody opened", () => {
    const sources = gpus.flatMap((gpu) =>
      [gpu.memoryGB, gpu.bandwidthGBs, gpu.fp32Tflops].flatMap((figure) => (figure === null ? [] : [figure.source])),
    );
    expect(sources.filter((source) => /https?:/.test(source))).toEqual([]);
  });

  test("puts the vendor in a name only where it belongs to it", () => {
    expect(gpus.filter(({ name }) => /^(?:NVIDIA|AMD) (?:GeForce|Radeon)/.test(name))).toEqual([]);
    expect(displayName("NVIDIA GeForce GT 710", "nvidia")).toBe("GeForce GT 710");
  });

  test("keeps NVIDIA's compute capability and no other vendor's", () => {
    expect(
      gpus.filter(({ vendor, computeCapability }) => (vendor === "nvidia") !== (computeCapability !== null)),
    ).toEqual([]);
  });
});

describe("figures that public tables are known to have wrong", () => {
  test("V100 SXM2 has 897 GB/s; 1130 is the V100S", () => {
    expect(figures("tesla-v100-sxm2-16gb")).toEqual([16, 897, 15.67]);
  });
  test("MI300X has 5300 GB/s; 10300 is its cache", () => {
    expect(figures("instinct-mi300x")?.[1]).toBe(5300);
  });
  test("B200 is the whole card, not one die, and nobody's FP32 figure covers both", () => {
    expect(figures("b200")).toEqual([180, 7700, null]);
  });
  test("A100 PCIe 40 GB has 1560 GB/s; 1940 is the 80 GB card", () => {
    expect([figures("a100-pcie-40gb")?.[1], figures("a100-pcie-80gb")?.[1]]).toEqual([1560, 1940]);
  });
  test("K80 is one of the two GPUs of the board, as tools list it", () => {
    expect(figures("tesla-k80")).toEqual([12, 240.6, 4.11]);
  });
  test("the two Radeons named 540X differ threefold in bandwidth", () => {
    expect([figures("radeon-540x")?.[1], figures("radeon-rx-540x")?.[1]]).toEqual([32, 96]);
  });
  test("FP32 is never a tensor rate: no card beats 120 TFLOPS", () => {
    expect(gpus.filter(({ fp32Tflops }) => (fp32Tflops?.value ?? 0) > 120)).toEqual([]);
  });
  test("GTX 1050 Ti of a laptop has 4 GB", () => {
    expect(figures("geforce-gtx-1050-ti-laptop")?.[0]).toBe(4);
  });
});
