import { expect, test } from "vitest";
import { devices } from "./engine.ts";

const card = (name: string, capability: string) => ({ name, capability, pciBus: "0000:01:00.0" });
const [titan, ti, rtx] = [
  card("NVIDIA GeForce GTX TITAN X", "5.2"),
  card("NVIDIA GeForce GTX 1050 Ti", "6.1"),
  card("NVIDIA GeForce RTX 3090", "8.6"),
];

test("what is missing says which command adds it", () => {
  expect(devices(null, null).map(({ id, reason }) => [id, reason])).toEqual([
    ["cpu", "libtensorflow is not set up: bench setup tfjs-node"],
    ["cuda", "no NVIDIA driver is installed"],
  ]);
  const cpuOnly = { gpu: false, source: "wheel", what: "libtensorflow 2.21.0" } as const;
  expect(devices(cpuOnly, [titan, rtx])).toMatchObject([
    { id: "cpu", usable: true, reason: null },
    { id: "cuda:0", usable: false, reason: "libtensorflow is not set up: bench setup tfjs-node --gpu --from package" },
    { id: "cuda:1", usable: false, reason: "libtensorflow is not set up: bench setup tfjs-node --gpu" },
  ]);
});

test("a card is usable where the build has code for it, and fp32 is not TF32", () => {
  const wheel = { gpu: true, source: "wheel", what: "libtensorflow 2.21.0" } as const;
  expect(devices(wheel, [titan, ti, rtx])).toMatchObject([
    { id: "cpu", usable: true },
    {
      usable: false,
      reason: "libtensorflow 2.21.0 has no code for compute capability 5.2: bench setup tfjs-node --gpu --from package",
    },
    { id: "cuda:1", kind: "discrete", name: "NVIDIA GeForce GTX 1050 Ti", usable: true, reason: null },
    { id: "cuda:2", usable: true, precisions: { fp32: { NVIDIA_TF32_OVERRIDE: "0" }, tf32: {} } },
  ]);
  expect(devices(wheel, [ti])[1]?.precisions).toEqual({ fp32: { NVIDIA_TF32_OVERRIDE: "0" } });
  expect(devices({ ...wheel, source: "package" }, [titan])[1]?.usable).toBe(true);
});
