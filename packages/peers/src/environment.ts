import { access, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PeersError } from "./errors.ts";
import { run } from "./process.ts";

/** torch 2.15 says so in its own `Requires-Python`. */
const oldestPython = [3, 11] as const;

/** Pinned, and installed without what they depend on: that would be 2.5 GB of CUDA libraries and compilers. */
const pinned = ["torch==2.15.0", "torchvision==0.29.2", "timm==1.0.31"];
/** What they import on a CPU. */
const imported = [
  "filelock",
  "fsspec",
  "jinja2",
  "networkx",
  "numpy",
  "pillow",
  "pyyaml",
  "safetensors",
  "setuptools>=77",
  "sympy",
  "typing-extensions",
];

const python = fileURLToPath(new URL("../python/", import.meta.url));
/** The repository's own cache folder, which git does not see. */
export const defaultVenv = fileURLToPath(new URL("../../../.cache/peers/venv", import.meta.url));

export interface EnvironmentOptions {
  venv: string;
  /** Interpreter to make the environment with; found on the path when absent. */
  interpreter?: string;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The path of a Python that imports PyTorch and the official networks; installs both on the first call (minutes),
 * reads a stamp on the next. A call that was cut short is taken up again.
 * @throws PeersError when there is no usable Python or pip cannot install
 */
export async function pythonEnvironment({ venv, interpreter, say, signal }: EnvironmentOptions): Promise<string> {
  const stamp = join(venv, "epochmark-peers.json");
  const wanted = JSON.stringify([...pinned, ...imported]);
  const own = join(venv, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
  const stamped = await readFile(stamp, "utf8").catch(() => null);
  if (stamped === wanted && (await exists(own))) return own;

  const options = signal ? { signal } : {};
  if (!(await exists(own))) {
    await refuseForeignFolder(venv);
    const base = await findPython(interpreter);
    say(`making a Python environment in ${venv}`);
    await mkdir(venv, { recursive: true });
    await run(base, ["-m", "venv", venv], options).catch((cause: Error) => {
      throw new PeersError(
        `${base} cannot make a virtual environment: install its venv module (Debian: python3-venv)`,
        {
          cause,
        },
      );
    });
  }
  const install = async (packages: string[], ...flags: string[]): Promise<void> => {
    say(`pip install ${packages.join(" ")}`);
    await run(own, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...flags, ...packages], {
      ...options,
      onLine: (line) => {
        if (/^\s*(Downloading|Installing)/.test(line)) say(`  ${line.trim().slice(0, 110)}`);
      },
    }).catch((cause: Error) => {
      throw new PeersError(
        `pip could not install ${packages[0]} and what follows it; check the network and the free disk space (5 GB), ` +
          `then call again (${cause.message})`,
        { cause },
      );
    });
  };
  await install(pinned, "--no-deps");
  await install(imported);
  const missing = await run(own, [join(python, "cuda_libraries.py")], options);
  if (missing) await install(missing.split("\n"));
  await run(own, ["-c", "import torch, timm"], options);
  await writeFile(stamp, wanted);
  return own;
}

/** @throws PeersError when the interpreter named, or every one on the path, is absent or too old */
async function findPython(named: string | undefined): Promise<string> {
  const needed = oldestPython.join(".");
  const found: string[] = [];
  for (const name of named ? [named] : ["python3", "python"]) {
    const version = await run(name, ["-c", "import sys; print(*sys.version_info[:2])"]).catch(() => null);
    if (version === null) continue;
    const [major = 0, minor = 0] = version.split(" ").map(Number);
    if (major === oldestPython[0] && minor >= oldestPython[1]) return name;
    found.push(`${name} is ${major}.${minor}`);
  }
  const what = found.length > 0 ? found.join(", ") : named ? `${named} is none` : "there is none";
  throw new PeersError(`PyTorch needs Python ${needed} or newer, but ${what}: install one, or name it with --python`);
}

/** Never fill a folder that holds something else. */
async function refuseForeignFolder(venv: string): Promise<void> {
  const files = await readdir(venv).catch((): string[] => []);
  if (files.length > 0 && !files.includes("pyvenv.cfg"))
    throw new PeersError(`${venv} is not empty and no Python environment: name another folder with --venv`, {
      exitCode: 2,
    });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
