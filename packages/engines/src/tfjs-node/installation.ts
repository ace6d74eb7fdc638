import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { installed } from "../setup/installed.ts";
import { tensorflowVersion, tfjsNode } from "../setup/pins.ts";

/** A tfjs-node on this machine with the libtensorflow that its binding loads. */
export interface Installation {
  /** The npm package's folder, where its kernels are. */
  package: string;
  /** The native add-on. */
  binding: string;
  /** Whether its libtensorflow has CUDA kernels. */
  gpu: boolean;
  source: Source;
  /** `libtensorflow 2.21.0`. */
  what: string;
}

/** Where libtensorflow comes from: TensorFlow's current wheel, or what tfjs-node's own install script downloads. */
export type Source = "wheel" | "package";

export const folderOf = (source: Source, gpu: boolean): string =>
  cacheFolder(
    "tfjs-node",
    `${source === "wheel" ? tensorflowVersion : `package-${tfjsNode.version}`}-${gpu ? "gpu" : "cpu"}`,
  );

export const packageName = (gpu: boolean): string => `@tensorflow/tfjs-node${gpu ? "-gpu" : ""}`;

const setUps: readonly [Source, boolean][] = [
  ["wheel", true],
  ["package", true],
  ["wheel", false],
  ["package", false],
];

/** The tfjs-node to use, one with CUDA before one without: what `bench setup` made, else the optional peers of this package. */
export function findInstallation(): Installation | null {
  for (const [source, gpu] of setUps) {
    const folder = folderOf(source, gpu);
    const what = installed(folder);
    if (what !== null) return installationIn(folder, source, gpu, what);
  }
  return peer(true) ?? peer(false);
}

/** The installation that setup has made in `folder`. */
export function installationIn(folder: string, source: Source, gpu: boolean, what: string): Installation {
  if (source === "wheel")
    return { package: join(folder, "package"), binding: join(folder, "tfjs_binding.node"), gpu, source, what };
  const own = join(folder, "node_modules", packageName(gpu));
  return { package: own, binding: ownBinding(own) ?? join(own, "lib"), gpu, source, what };
}

function peer(gpu: boolean): Installation | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName(gpu)}/package.json`);
    const folder = dirname(manifest);
    const binding = ownBinding(folder);
    return binding === null
      ? null
      : { package: folder, binding, gpu, source: "package", what: "the package's own libtensorflow" };
  } catch {
    return null;
  }
}

/** The binding that the package's install script has put there; null where it has not run. */
function ownBinding(folder: string): string | null {
  const lib = join(folder, "lib");
  const builds = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith("napi-v")) : [];
  return builds.map((name) => join(lib, name, "tfjs_binding.node")).find((path) => existsSync(path)) ?? null;
}
