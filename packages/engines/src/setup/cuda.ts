import { cpSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { type CudaCard, readCuda } from "../onnxruntime/cuda.ts";
import { covers, cudaBuilds } from "./builds.ts";
import { requireSpace } from "./disk.ts";
import { SetupError } from "./error.ts";
import { install, installed } from "./installed.ts";
import { onnxruntimeCuda12, onnxruntimeCuda13, onnxruntimeVersion, type Wheel } from "./pins.ts";
import { findPip, lastLine, runCommand } from "./tool.ts";
import { unzip } from "./unzip.ts";
import { type Download, type Say, fetchWheel, removeWheels } from "./wheel.ts";

export type CudaMajor = 12 | 13;

interface CudaOptions {
  /** Default: 13. */
  cuda?: CudaMajor;
  say: Say;
}

/** What a test replaces. */
interface Surroundings {
  platform: string;
  cards: () => readonly CudaCard[] | null;
  version: string;
  wheels: Readonly<Record<CudaMajor, readonly Wheel[]>>;
  download?: Download;
  /** Puts the CUDA 12 provider into a folder: the npm package's own installer. */
  installProvider: (folder: string) => Promise<void>;
}

const require = createRequire(import.meta.url);
const packageFolder = dirname(require.resolve("onnxruntime-node/package.json"));

const here: Surroundings = {
  platform: `${process.platform}-${process.arch}`,
  cards: readCuda,
  version: (require("onnxruntime-node/package.json") as { version: string }).version,
  wheels: { 12: onnxruntimeCuda12, 13: onnxruntimeCuda13 },
  installProvider,
};

/** Unpacked beside the wheels. */
const growth = 3.5;

/**
 * Gives onnxruntime its CUDA provider with CUDA and cuDNN, all in one folder of the cache. Returns what it is; at once
 * where it is already there.
 *
 * @throws {SetupError} with what is missing and the remedy
 */
export async function setupCuda({ cuda = 13, say }: CudaOptions, around: Surroundings = here): Promise<string> {
  const { platform, version, download } = around;
  const folder = cacheFolder("onnxruntime-cuda", version);
  const what = `onnxruntime ${version} with CUDA ${cuda}`;
  if (installed(folder) === what) return what;
  if (platform !== "linux-x64")
    throw new SetupError(`CUDA libraries exist here for linux-x64 only, this is ${platform}: webgpu needs no setup`);
  if (version !== onnxruntimeVersion)
    throw new SetupError(
      `the CUDA libraries known here belong to onnxruntime ${onnxruntimeVersion}, installed is ${version}: pnpm install brings the right one`,
    );
  requireCard(around.cards(), cuda);
  await findPip();
  const wheels = around.wheels[cuda];
  requireSpace("setting up CUDA", growth * wheels.reduce((sum, { bytes }) => sum + bytes, 0));
  await install(folder, what, async (partial) => {
    const lib = join(partial, "lib");
    for (const wheel of wheels) {
      const path = await fetchWheel(wheel, say, download);
      say(`unpacking ${wheel.file}`);
      const written = await unzip(path, lib, libraryOf);
      if (written.length === 0) throw new SetupError(`${wheel.file} holds no library`);
    }
    if (cuda === 12) {
      say("running the CUDA 12 installer of onnxruntime-node");
      await around.installProvider(lib);
    }
  });
  removeWheels(wheels);
  return what;
}

function requireCard(cards: readonly CudaCard[] | null, cuda: CudaMajor): void {
  if (cards === null || cards.length === 0)
    throw new SetupError(
      `no NVIDIA ${cards === null ? "driver" : "card"} was found, and CUDA needs one: bench doctor says what this machine can use`,
    );
  const { onnxruntime } = cudaBuilds;
  const [card] = cards;
  if (cuda === 13 && card && !cards.some(({ capability }) => covers(onnxruntime, capability)))
    throw new SetupError(
      `${card.name} has compute capability ${card.capability} and this build is for ${onnxruntime.sass.join(", ")}: bench doctor says which way is open to it`,
    );
}

/** onnxruntime looks for its provider beside itself, the provider for CUDA on the library path: one flat folder serves both. */
function libraryOf(name: string): string | null {
  if (/^nvidia\/.*\.so(?:\.\d+)*$/.test(name)) return basename(name);
  const own = /^onnxruntime\/capi\/(libonnxruntime(?:_providers_(?:cuda|shared))?\.so)(?:\.[\d.]+)?$/.exec(name)?.[1];
  // By this name the binding asks for it.
  return own === "libonnxruntime.so" ? "libonnxruntime.so.1" : (own ?? null);
}

/** The package's own installer, run on a copy of the package so that the installed one stays as it is. */
async function installProvider(lib: string): Promise<void> {
  const copy = join(dirname(lib), "installer");
  for (const part of ["package.json", "script"])
    cpSync(join(packageFolder, part), join(copy, part), { recursive: true });
  const own = join("bin/napi-v6", "linux", "x64");
  cpSync(join(packageFolder, own, "libonnxruntime.so.1"), join(copy, own, "libonnxruntime.so.1"));
  const ended = await runCommand([process.execPath, "script/install.js", "--onnxruntime-node-install=cuda12"], {
    cwd: copy,
    // Where the package manager has put what the installer needs.
    env: { NODE_PATH: dirname(packageFolder) },
  });
  const files = readdirSync(join(copy, own)).filter((name) => !name.includes("tensorrt"));
  if (ended.code !== 0 || !existsSync(join(copy, own, "libonnxruntime_providers_cuda.so")))
    throw new SetupError(`onnxruntime-node's installer cannot get its CUDA 12 provider: ${lastLine(ended)}`);
  for (const name of files) renameSync(join(copy, own, name), join(lib, name));
  rmSync(copy, { recursive: true });
}
