import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { covers, cudaBuilds } from "./builds.ts";
import { setupCuda } from "./cuda.ts";
import { onnxruntimeCuda12, onnxruntimeCuda13, onnxruntimeVersion } from "./pins.ts";
import { routesFor } from "./routes.ts";
import { setupTfjsNode } from "./tfjs-node.ts";
import { zipOf } from "./zip.fixture.ts";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "epochmark-cache-"));
  vi.stubEnv("EPOCHMARK_CACHE", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const archives = {
  "onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl": zipOf({
    "onnxruntime/capi/libonnxruntime.so.1.30.0": "core",
    "onnxruntime/capi/libonnxruntime_providers_cuda.so": "cuda",
    "onnxruntime/capi/libonnxruntime_providers_shared.so": "shared",
    "onnxruntime/capi/libonnxruntime_providers_tensorrt.so": "not wanted",
    "onnxruntime/__init__.py": "not wanted",
  }),
  "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.whl": zipOf({
    "nvidia/cu13/lib/libcudart.so.13": "runtime 13",
    "nvidia/cu13/include/cuda.h": "not wanted",
  }),
  "nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.whl": zipOf({
    "nvidia/cuda_runtime/lib/libcudart.so.12": "runtime 12",
  }),
};
type File = keyof typeof archives;
const wheelOf = (file: File) => ({
  file,
  bytes: archives[file].length,
  sha256: createHash("sha256").update(archives[file]).digest("hex"),
});
const [ort, runtime13, runtime12] = (Object.keys(archives) as File[]).map(wheelOf);

const rtx3090 = { name: "NVIDIA GeForce RTX 3090", pciBus: "0000:01:00.0", capability: "8.6" };
let downloads: string[] = [];
const around = {
  platform: "linux-x64",
  cards: () => [rtx3090],
  version: onnxruntimeVersion,
  wheels: { 12: [runtime12!], 13: [ort!, runtime13!] },
  download: async ({ file }: { file: string }, folder: string) => {
    downloads.push(file);
    writeFileSync(join(folder, file), archives[file as File]);
  },
  installProvider: async (lib: string) => writeFileSync(join(lib, "libonnxruntime_providers_cuda.so"), "cuda 12"),
};
const say = (): void => {};

describe("bench setup cuda", () => {
  beforeEach(() => void (downloads = []));

  test("makes one flat folder, once, and leaves nothing else", async () => {
    const folder = join(cache, "onnxruntime-cuda", "1.30.0");
    expect(await setupCuda({ say }, around)).toBe("onnxruntime 1.30.0 with CUDA 13");
    const files = readdirSync(join(folder, "lib")).toSorted();
    expect(files).toEqual([
      "libcudart.so.13",
      "libonnxruntime.so.1",
      "libonnxruntime_providers_cuda.so",
      "libonnxruntime_providers_shared.so",
    ]);
    expect(readFileSync(join(folder, "lib", "libonnxruntime.so.1"), "utf8")).toBe("core");
    await setupCuda({ say }, around);
    expect(downloads).toHaveLength(2);
    expect(readdirSync(join(cache, "downloads"))).toEqual([]);

    rmSync(join(folder, "lib", "libcudart.so.13"));
    await setupCuda({ say }, around);
    expect(downloads).toHaveLength(4);
    expect(existsSync(join(folder, "lib", "libcudart.so.13"))).toBe(true);
  });

  test("CUDA 12 takes the place of 13, with the provider of the package's own installer", async () => {
    await setupCuda({ say }, around);
    expect(await setupCuda({ cuda: 12, say }, around)).toBe("onnxruntime 1.30.0 with CUDA 12");
    const lib = join(cache, "onnxruntime-cuda", "1.30.0", "lib");
    expect(readdirSync(lib).toSorted()).toEqual(["libcudart.so.12", "libonnxruntime_providers_cuda.so"]);
  });

  test.each([
    [{ cards: () => null }, "no NVIDIA driver was found, and CUDA needs one: bench doctor says"],
    [{ cards: () => [] }, "no NVIDIA card was found"],
    [
      { cards: () => [{ ...rtx3090, name: "Tesla P100-PCIE-16GB", capability: "6.0" }] },
      "Tesla P100-PCIE-16GB has compute capability 6.0 and this build is for 7.5, 8.0, 8.6, 8.9, 9.0, 12.0",
    ],
    [{ platform: "win32-x64" }, "CUDA libraries exist here for linux-x64 only, this is win32-x64"],
    [{ version: "1.31.0" }, "belong to onnxruntime 1.30.0, installed is 1.31.0"],
  ])("says what is in the way before anything is downloaded: %#", async (changed, text) => {
    const refused = setupCuda({ say }, { ...around, ...changed });
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.toMatchObject({ name: "SetupError" });
    expect(downloads).toEqual([]);
    expect(readdirSync(cache)).toEqual([]);
  });

  test("leaves no half of it when a download is broken", async () => {
    const broken = {
      ...around,
      download: async ({ file }: { file: string }, folder: string) => writeFileSync(join(folder, file), "half"),
    };
    await expect(setupCuda({ say }, broken)).rejects.toThrow("is broken");
    expect(readdirSync(cache, { recursive: true }).map(String).toSorted()).toEqual(["downloads", "onnxruntime-cuda"]);
  });

  test("names each library of its builds once", () => {
    for (const wheels of [onnxruntimeCuda12, onnxruntimeCuda13]) {
      const names = wheels.map(({ file }) => file.split("-")[0]?.replace(/_cu1[23]$/, ""));
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(["nvidia_cublas", "nvidia_cudnn", "nvidia_cuda_runtime"]));
    }
  });
});

test("bench setup tfjs-node says what is in the way", async () => {
  const options = { gpu: true, source: "wheel", say } as const;
  await expect(setupTfjsNode(options, { platform: "linux-x64", hasDriver: () => false })).rejects.toThrow(
    "no NVIDIA driver was found, and --gpu needs one: install the driver, or leave --gpu out",
  );
  await expect(setupTfjsNode(options, { platform: "win32-x64", hasDriver: () => true })).rejects.toThrow(
    "TensorFlow's wheels hold no library to link with for a GPU on win32-x64: try --from package",
  );
  vi.stubEnv("CXX", "no-such-compiler");
  await expect(setupTfjsNode(options, { platform: "linux-x64", hasDriver: () => true })).rejects.toThrow(
    "the C++ compiler that CXX names (no-such-compiler) does not run: name another one or unset CXX",
  );
  vi.stubEnv("CXX", "");
  vi.stubEnv("PATH", "");
  await expect(setupTfjsNode(options, { platform: "linux-x64", hasDriver: () => true })).rejects.toThrow(
    /^a C\+\+ compiler is needed and was not found: install one \(Debian and Ubuntu: apt install g\+\+/,
  );
});

test("a build runs where it has machine code of the same generation, or code that the driver compiles", () => {
  const [ours, tensorflow] = [cudaBuilds.onnxruntime, cudaBuilds.tensorflow];
  const capabilities = ["5.2", "6.0", "6.1", "7.0", "7.5", "8.6", "8.9", "9.0", "10.0", "12.0"];
  expect(capabilities.filter((capability) => covers(ours, capability))).toEqual(["7.5", "8.6", "8.9", "9.0", "12.0"]);
  expect(capabilities.filter((capability) => covers(tensorflow, capability))).toEqual(capabilities.slice(1));
});

test("cards of other vendors go by WebGPU, NVIDIA's by what has code for them", () => {
  const commands = (computeCapability: string | null, vendor: "nvidia" | "amd" = "nvidia"): (string | null)[] =>
    routesFor({ vendor, kind: "discrete", computeCapability }).map(({ command }) => command);
  expect(commands(null, "amd")).toEqual([null]);
  expect(commands(null)).toEqual([null]);
  expect(commands("5.2")).toEqual([null, "bench setup tfjs-node --gpu --from package", "bench setup cuda --cuda 12"]);
  expect(commands("6.1")).toEqual([null, "bench setup tfjs-node --gpu", "bench setup cuda --cuda 12"]);
  expect(commands("8.6")).toEqual(["bench setup cuda", null, "bench setup tfjs-node --gpu"]);
});
