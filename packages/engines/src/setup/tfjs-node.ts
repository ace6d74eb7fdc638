import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCuda } from "../onnxruntime/cuda.ts";
import { type Source, folderOf, packageName } from "../tfjs-node/installation.ts";
import { requireSpace } from "./disk.ts";
import { SetupError } from "./error.ts";
import { install, installed } from "./installed.ts";
import { unpackNpm } from "./npm.ts";
import {
  nodeHeaders,
  protobuf,
  tensorflowCpu,
  tensorflowCuda,
  tensorflowGpu,
  tensorflowVersion,
  tfjsNode,
  type Wheel,
} from "./pins.ts";
import { findCompiler, findPip, lastLine, runCommand } from "./tool.ts";
import { unzip } from "./unzip.ts";
import { type Download, type Say, fetchWheel, removeWheels } from "./wheel.ts";

export interface TfjsNodeOptions {
  gpu: boolean;
  source: Source;
  say: Say;
}

/** What a test replaces. */
interface Surroundings {
  platform: string;
  hasDriver: () => boolean;
  download?: Download;
}

const here: Surroundings = {
  platform: `${process.platform}-${process.arch}`,
  hasDriver: () => readCuda() !== null,
};

/** Unpacked, libraries are about three times their wheel; the wheels themselves stay until the end. */
const growth = 4.5;

/**
 * Makes the tfjs-node engine work: libtensorflow, the package's binding compiled against it, and the proof by a
 * gradient. Returns what it is, e.g. `libtensorflow 2.21.0`; at once where it is already there.
 *
 * @throws {SetupError} with what is missing and the remedy
 */
export async function setupTfjsNode(
  { gpu, source, say }: TfjsNodeOptions,
  around: Surroundings = here,
): Promise<string> {
  const folder = folderOf(source, gpu);
  const before = installed(folder);
  if (before !== null) return before;
  if (gpu && !around.hasDriver())
    throw new SetupError("no NVIDIA driver was found, and --gpu needs one: install the driver, or leave --gpu out");
  const made = source === "wheel" ? fromWheel(folder, gpu, say, around) : fromPackage(folder, gpu, say);
  return made;
}

async function fromWheel(
  folder: string,
  gpu: boolean,
  say: Say,
  { platform, download }: Surroundings,
): Promise<string> {
  const tensorflow = (gpu ? tensorflowGpu : tensorflowCpu)[platform];
  if (!tensorflow)
    throw new SetupError(
      `TensorFlow's wheels hold no library to link with for ${gpu ? "a GPU on " : ""}${platform}: try --from package`,
    );
  const wheels = gpu ? [tensorflow, ...tensorflowCuda] : [tensorflow];
  const compiler = await findCompiler();
  await findPip();
  requireSpace("setting up tfjs-node", growth * wheels.reduce((sum, { bytes }) => sum + bytes, 0));
  const what = `libtensorflow ${tensorflowVersion}`;
  await install(folder, what, async (partial) => {
    for (const wheel of wheels) {
      const path = await fetchWheel(wheel, say, download);
      say(`unpacking ${wheel.file}`);
      await unpack(path, wheel, partial);
    }
    await unpackNpm(tfjsNode, join(partial, "package"));
    await unpackNpm(protobuf, join(partial, "node_modules", protobuf.name));
    await unpackNpm(nodeHeaders, join(partial, "headers"));
    say(`compiling the binding of tfjs-node ${tfjsNode.version} with ${compiler}`);
    await compile(compiler, partial);
    for (const unneeded of ["headers", "tensorflow/include"]) rmSync(join(partial, unneeded), { recursive: true });
    say("proving it with the gradient of a convolution");
    await prove(partial, "wheel", gpu);
  });
  removeWheels(wheels);
  return what;
}

/** Headers that the binding's own includes lead to. */
const headers = /^tensorflow\/include\/(?:tensorflow\/(?:c|core\/platform|core\/public|tsl)|tsl|xla\/tsl)\/.*\.h$/;
/** libtensorflow looks for CUDA's libraries in `../nvidia/<library>/lib` of its own folder, as pip lays them out. */
const libraries = /^tensorflow\/libtensorflow_(?:cc|framework)\.[^/]+$|^nvidia\/[^/]+\/lib\/[^/]+\.so[^/]*$/;

async function unpack(path: string, wheel: Wheel, folder: string): Promise<void> {
  const written = await unzip(path, folder, (name) => (headers.test(name) || libraries.test(name) ? name : null));
  if (!written.some((name) => libraries.test(name))) throw new SetupError(`${wheel.file} holds no library`);
}

async function compile(compiler: string, folder: string): Promise<void> {
  const mac = process.platform === "darwin";
  const library = (name: string): string => join("tensorflow", mac ? `lib${name}.2.dylib` : `lib${name}.so.2`);
  const words = [
    ["-std=c++17", "-O2", "-fPIC", "-shared", "-w", "-DNAPI_VERSION=8"],
    ["-I", "headers/include", "-I", "tensorflow/include"],
    ["package/binding/tfjs_backend.cc", "package/binding/tfjs_binding.cc"],
    [library("tensorflow_cc"), library("tensorflow_framework")],
    [`-Wl,-rpath,${mac ? "@loader_path" : "$ORIGIN"}/tensorflow`],
    mac ? ["-undefined", "dynamic_lookup"] : [],
    ["-o", "tfjs_binding.node"],
  ];
  const ended = await runCommand([compiler, ...words.flat()], { cwd: folder });
  if (ended.code !== 0)
    throw new SetupError(
      `${compiler} cannot compile tfjs-node's binding: ${lastLine(ended)} (C++17 is needed: name a newer compiler in CXX)`,
    );
}

/** The package's own way: its install script downloads a libtensorflow of 2022, built with CUDA 11. */
async function fromPackage(folder: string, gpu: boolean, say: Say): Promise<string> {
  requireSpace("setting up tfjs-node", gpu ? 4e9 : 2e9);
  const name = `${packageName(gpu)}@${tfjsNode.version}`;
  const what = "the package's own libtensorflow";
  await install(folder, what, async (partial) => {
    say(`installing ${name} with its own libtensorflow`);
    mkdirSync(partial, { recursive: true });
    const words = ["npm", "install", name, "--prefix", partial, "--no-audit", "--no-fund", "--foreground-scripts"];
    const onWait = (): void => say("  still installing");
    const ended = await runCommand([...words, "--ignore-scripts=false"], { cwd: partial, onWait });
    if (ended.code !== 0) throw new SetupError(`npm cannot install ${name} with its libtensorflow: ${lastLine(ended)}`);
    say("proving it with the gradient of a convolution");
    await prove(partial, "package", gpu);
  });
  return what;
}

const proof = fileURLToPath(new URL("../tfjs-node/prove.ts", import.meta.url));

async function prove(folder: string, source: Source, gpu: boolean): Promise<void> {
  const ended = await runCommand([process.execPath, proof, folder, source, gpu ? "gpu" : "cpu"], {
    // Why a GPU is not used stands in libtensorflow's warnings.
    env: gpu ? { TF_CPP_MIN_LOG_LEVEL: "1" } : {},
  });
  if (ended.code === 0) return;
  const said = /^(?:\w*Error: .*|.*(?:Cannot dlopen|Could not load dynamic library).*)$/m.exec(ended.stderr)?.[0];
  throw new SetupError(`tfjs-node was built and does not work: ${said ?? lastLine(ended)}`);
}
