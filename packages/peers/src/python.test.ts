import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { peerOf, peers } from "./peers.ts";

const folder = fileURLToPath(new URL("../python/", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".py"));
/** Compiles in memory: nothing is written beside the scripts. */
const compileAll = `import sys
for path in sys.argv[1:]:
    compile(open(path, encoding="utf-8").read(), path, "exec")`;
const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);

test.skipIf(!python)("the Python files compile", () => {
  const { status, stderr } = spawnSync(python!, ["-c", compileAll, ...files.map((file) => folder + file)]);
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: "" });
});

test("every peer has its script", () => {
  for (const { script } of peers) expect(files).toContain(script);
});

test.each([
  ["vit/vit-small-patch16-224", "vit.py"],
  ["vit/deepvit-l-384", "deepvit.py"],
  ["deblur/deblurgan", "deblurgan.py"],
  ["deblur/deblurgan-v2-mobilenet-dsc", "deblurgan_v2.py"],
  ["refocus/deeplens-depth", "deeplens.py"],
  ["trtr/trtr", "trtr.py"],
  ["trtr/trtr-first-frame", "trtr.py"],
])("the peer of %s is %s", (model, script) => {
  expect(peerOf(model)?.script).toBe(script);
});
