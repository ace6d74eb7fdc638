import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { onnxruntimeCuda13, tensorflowCpu } from "./setup/pins.ts";

const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
const builds = join(dirname(manifest), "bin/napi-v6");

/** `platform-arch` of every build in the package. */
const platforms = readdirSync(builds)
  .flatMap((platform) => readdirSync(join(builds, platform)).map((arch) => `${platform}-${arch}`))
  .toSorted();

const library: Record<string, string> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

/** What a build holds: its WebGPU provider carries shaders, CoreML's the name of Apple's format, DirectML is a library of its own. */
function carried(name: string): string[] {
  const [platform = "", arch = ""] = name.split("-");
  const folder = join(builds, platform, arch);
  const bytes = readFileSync(join(folder, library[platform] ?? ""));
  return [
    "yes",
    bytes.includes("@compute @workgroup_size") ? "yes" : "no",
    existsSync(join(folder, "DirectML.dll")) ? "yes" : "no",
    platform === "darwin" && bytes.includes("MLProgram") ? "yes" : "no",
  ];
}

const rows = readFileSync(new URL("../../../docs/platforms.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => /^\| (?:linux|darwin|win32)-/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("the table of platforms in the docs is what the installed package carries", () => {
  expect(rows.map(([name]) => name).toSorted()).toEqual(platforms);
  for (const [name = "", ...cells] of rows) expect([name, ...cells.slice(0, 4)]).toEqual([name, ...carried(name)]);
});

test("and what setup has wheels for", () => {
  expect(onnxruntimeCuda13[0]?.file).toMatch(/x86_64\.whl$/);
  for (const [name = "", , , , , cuda = "", tensorflow = ""] of rows) {
    expect([name, cuda.includes("bench setup cuda")]).toEqual([name, name === "linux-x64"]);
    const wheel = tensorflow.includes("bench setup tfjs-node") && !tensorflow.includes("--from package");
    expect([name, wheel]).toEqual([name, name in tensorflowCpu]);
  }
});
