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
      [
        gpu.memoryGB,
        gpu.bandwidthGBs,
        gpu.fp32Tflops,
        gpu.clocks,
        gpu.tensorTflops,
        gpu.tf32Tflops,
        gpu.fp16Tflops,
        gpu.tdpW,
        gpu.launchUsd,
        gpu.linkGBs,
      ].flatMap((figure) => (figure === null ? [] : [figure.source])),
    );
    expect(sources.filter((source) => /https?:/.test(source))).toEqual([]);
    // Figures were typed in from knowledge: a text that names a vendor's document would claim that somebody read it.
    expect(sources.filter((source) => /published specification|white paper|data sheet|newsroom/i.test(source))).toEqual(
      [],
    );
    expect(sources.filter((source) => source.startsWith("typed in from knowledge")).length).toBeGreaterThan(500);
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
  test("FP32 is never a tensor rate: no card beats 126 TFLOPS", () => {
    expect(gpus.filter(({ fp32Tflops }) => (fp32Tflops?.value ?? 0) > 126)).toEqual([]);
  });
  test("GTX 1050 Ti of a laptop has 4 GB", () => {
    expect(figures("geforce-gtx-1050-ti-laptop")?.[0]).toBe(4);
  });
});

describe("figures agree with each other", () => {
  const clocked = gpus.flatMap(({ id, clocks, bandwidthGBs, fp32Tflops }) =>
    clocks && bandwidthGBs && fp32Tflops ? [[id, clocks, bandwidthGBs.value, fp32Tflops.value] as const] : [],
  );
  test(`most have clocks: ${clocked.length}`, () => expect(clocked.length).toBeGreaterThan(85));
  test.each(clocked)("%s: bandwidth is bus × rate, FP32 is cores × clock, within 3 %", (_, clocks, bandwidth, fp32) => {
    const { cores, boostMHz, flopsPerCore, busBits, gigabitsPerPin } = clocks;
    expect(Math.abs((busBits * gigabitsPerPin) / 8 / bandwidth - 1)).toBeLessThan(0.03);
    expect(Math.abs((cores * boostMHz * flopsPerCore) / 1e6 / fp32 - 1)).toBeLessThan(0.03);
  });

  test("matrix units are faster than vector units and TF32 is at most half of FP16", () => {
    const odd = gpus.filter(({ fp32Tflops, tensorTflops, tf32Tflops }) => {
      if (!tensorTflops) return tf32Tflops !== null;
      const slow = fp32Tflops !== null && tensorTflops.value < 1.9 * fp32Tflops.value;
      return slow || (tf32Tflops !== null && tf32Tflops.value > 0.51 * tensorTflops.value);
    });
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  test("power, price and memory are those of one card, not of a rack", () => {
    const odd = gpus.filter(
      ({ tdpW, launchUsd, memoryGB, year }) =>
        (tdpW && (tdpW.value < 20 || tdpW.value > 1200)) ||
        (launchUsd && (launchUsd.value < 50 || launchUsd.value > 50_000)) ||
        memoryGB.value > 200 ||
        year > 2026,
    );
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  test("GeForce rates are with FP32 sums: the halves of what boxes say, from Turing to Ada", () => {
    const rate = (id: string) => findGpu(id)?.tensorTflops?.value;
    expect([rate("geforce-rtx-2080-ti"), rate("geforce-rtx-3090"), rate("geforce-rtx-4090")]).toEqual([
      53.8, 71, 165.2,
    ]);
    expect([rate("quadro-rtx-4000"), rate("titan-rtx"), rate("tesla-t4")]).toEqual([57, 130.5, 65.1]);
  });

  test("no card before Volta has matrix units", () => {
    const old = new Set(["Kepler", "Maxwell", "Pascal", "GCN 4.0", "GCN 5.1"]);
    expect(gpus.filter(({ architecture, tensorTflops }) => old.has(architecture) && tensorTflops)).toEqual([]);
  });
});

describe("known mistakes about power", () => {
  const watts = (id: string) => findGpu(id)?.tdpW?.value;
  test("V100 PCIe draws 250 W and SXM2 300 W, not the other way round", () => {
    expect([watts("tesla-v100-pcie-16gb"), watts("tesla-v100-sxm2-16gb")]).toEqual([250, 300]);
  });
  test("RTX 4070 draws 200 W; 285 is the 4070 Ti", () => expect(watts("geforce-rtx-4070")).toBe(200));
  test("RX 7900 XTX draws 355 W", () => expect(watts("radeon-rx-7900-xtx")).toBe(355));
  test("A100 PCIe 40 GB draws 250 W; 400 is SXM4", () => {
    expect([watts("a100-pcie-40gb"), watts("a100-sxm4-40gb")]).toEqual([250, 400]);
  });
});
