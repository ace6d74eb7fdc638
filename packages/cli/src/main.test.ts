import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunFile } from "@epochmark/schema";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const photograph = fileURLToPath(new URL("../../plugin-kit/photographs/hopper.jpg", import.meta.url));
const golden = fileURLToPath(new URL("../../../plugins/vit/goldens/vit_tiny_patch16_224.json", import.meta.url));

// Locks and programs of these runs are not those of other runs on this machine.
const temporary = await mkdtemp(join(tmpdir(), "bench-tmp-"));
const env = { ...process.env, TMPDIR: temporary, TEMP: temporary };
afterAll(() => rm(temporary, { recursive: true, force: true }));

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "bench-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the real command in an empty folder; what it does not write to a pipe it would have to write there. */
function bench(...words: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...words], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (ended.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ended, code }));
  });
}

describe("a mistake is one line on standard error, exit code 2, and nothing written", () => {
  it.each<[string[], RegExp]>([
    [["rnu"], /unknown command "rnu": did you mean run\?/],
    [["frobnicate"], /unknown command "frobnicate": see bench --help/],
    [["constructor"], /unknown command "constructor"/],
    [["vit/vit-small-patch16-224"], /did you mean bench run vit\/vit-small-patch16-224\?/],
    [["--fats"], /unknown option --fats: did you mean --fast\?/],
    [["--", "--fats"], /unknown option --fats: did you mean --fast\?/],
    [["--fast", "vit"], /unexpected word "vit"/],
    [["run", "--batch", "0"], /--batch "0": say a whole number/],
    [["run", "--batch", "many"], /--batch "many": say a whole number/],
    [["run", "--seed", "-1"], /--seed "-1": say a whole number/],
    [["run", "--replicas", "--resume"], /a run of replicas cannot go on, start a new one without --resume/],
    [["run", "--mode", "slow"], /--mode "slow": say fast or ranked or sustained/],
    [["plan", "vit", "--gpu", "rtx-3091"], /unknown GPU "rtx-3091": did you mean/],
    [["plan", "vit", "--cpu-memory", "8TB"], /--cpu-memory "8TB": say an amount of memory such as 16GB/],
    [["plan", "vit", "--cpu-memory", "8GB", "--gpu", "a100"], /--gpu says nothing of a CPU's memory/],
    [["plan", "vit", "--cpu-memory", "8GB", "--phase", "online"], /--phase "online": vit\/\S+ has no such phase/],
    [["plan", "vit", "--gpu-spec", "mem=12GB"], /--gpu-spec lacks fp32/],
    [["plan", "vit", "--gpu", "rtx-3090", "--budget", "much"], /--budget "much": say a number above 0/],
    [["plan", "vit", "--gpu", "rtx-3090", "--hourly", "rtx-3090=free"], /--hourly "free": say a number above 0/],
    [["plan", "vit", "--gpu", "rtx-3090", "--loader", "-3"], /--loader "-3": say a number above 0/],
    [["validate"], /PATH is missing/],
    [["validate", "nothing-here"], /nothing-here: no such file or folder/],
    [["validate", "."], /no run file/],
    [["eval", "vit"], /--weights is missing/],
    [["golden"], /FILE is missing/],
    [["infer", "vit"], /IMAGES is missing/],
    [["infer", "trtr", "frames", "--box", "1,2,3"], /--box "1,2,3": say four numbers/],
    [["infer", "trtr", "frames", "--box", "1,2,3,wide"], /"wide" is no number/],
    [["infer", "vit", "cat.jpg", "--options", "0.5"], /--options "0.5": say name=number/],
    [["infer", "vit", "cat.jpg", "--classes", "none.txt"], /none.txt: cannot be read \(ENOENT\)/],
    [["setup"], /WHAT is missing/],
    [["setup", "tensorflow"], /unknown engine "tensorflow": say tfjs-node or cuda/],
    [["setup", "cuda", "--gpu"], /setup cuda takes no --gpu/],
    [["setup", "tfjs-node", "--cuda", "12"], /setup tfjs-node takes no --cuda/],
  ])("bench %j", refused);

  // These load plugins and engines before they can know.
  it.each<[string[], RegExp]>([
    [["run", "vit-smal-patch16-224"], /unknown model "vit-smal-patch16-224": did you mean vit\/vit-small-patch16-224/],
    [["run", "vit", "--engine", "tensorflow"], /unknown engine "tensorflow": say onnxruntime, tfjs-node, tfjs-cpu/],
    [
      ["run", "vit", "--replicas", "--engine", "tfjs-cpu"],
      /replicas need two or more GPUs that tfjs-cpu can use by CUDA/,
    ],
    [["run", "vit", "--replicas", "--device", "cpu"], /replicas measure all GPUs at the same time, not one/],
    [["run", "--plugin", "no-plugin"], /no-plugin: does not exist/],
    [["eval", "vit", "--weights", "w", "--inputs", "x", "--outputs", "y"], /x: cannot be read/],
    [["infer", "vit-tiny-patch16-224", "cat.jpg"], /cat.jpg: cannot be read/],
    [["infer", "vit-tiny-patch16-224", golden, "--weights", golden], /is not a JPEG, PNG or WebP image/],
    [["infer", "vit-tiny-patch16-224", photograph, "--weights", photograph], /hopper.jpg: /],
    [["infer", "vit", photograph, "--options", "focus=0.5,0.5"], /vit-small-patch16-224 has no option "focus"/],
    [["infer", "vit", photograph, "--box", "1,2,3,4"], /takes photographs and follows no box/],
    [["golden", "none.json"], /none.json: cannot be read/],
    [["golden", golden, "--device", "tpu"], /unknown device "tpu": say .*\bcpu\b/],
  ])("bench %j", refused);

  async function refused(words: string[], message: RegExp): Promise<void> {
    const { code, stdout, stderr } = await bench(...words);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  }
});

it("shows the stack only to who asks", async () => {
  const { code, stderr } = await bench("validate", "nothing-here", "--verbose");
  expect(stderr).toMatch(/nothing-here: no such file or folder\n.*\n\s+at /);
  expect(code).toBe(2);
});

describe("help", () => {
  it.each(["run", "list", "doctor", "validate", "eval", "infer", "golden", "setup"])(
    "of %s tells use, options and examples",
    async (word) => {
      const { code, stdout, stderr } = await bench(word, "--help");
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`USAGE bench ${word}`);
      expect(stdout).toContain("--json");
      expect(stdout).toMatch(/EXAMPLES\n\n  .*bench /);
      expect(stdout).not.toMatch(/\p{Cc}(?<!\n)/u);
    },
  );

  it("of bench lists every command, with or without the dashes that pnpm passes on", async () => {
    const { stdout } = await bench("--help");
    for (const word of ["run", "list", "doctor", "validate", "eval", "infer", "golden", "setup"])
      expect(stdout).toContain(`  ${word} `);
    expect((await bench("--", "--help")).stdout).toBe(stdout);
    expect((await bench("help", "run")).stdout).toBe((await bench("run", "--help")).stdout);
  });

  it("and the version", async () => {
    expect(await bench("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });
});

it("lists models as JSON", async () => {
  const { code, stdout } = await bench("list", "--json");
  const rows = JSON.parse(stdout) as { model: string; parameters: number; phases: string[] }[];
  expect(code).toBe(0);
  expect(rows.find(({ model }) => model === "vit/vit-small-patch16-224")).toMatchObject({
    default: true,
    parameters: 22_050_664,
    flopsPerImage: null,
  });
});

it("describes the machine as JSON", async () => {
  const { code, stdout } = await bench("doctor", "--json");
  const { host, engines } = JSON.parse(stdout) as { host: object; engines: { id: string; devices: object[] }[] };
  expect(code).toBe(0);
  expect(host).toMatchObject({ node: process.version });
  const cpu = engines
    .find(({ id }) => id === "onnxruntime")
    ?.devices.find((each) => (each as { id: string }).id === "cpu");
  expect(cpu).toMatchObject({
    id: "cpu",
    kind: "cpu",
    name: null,
    usable: true,
    reason: null,
  });
});

it("tells invalid records from unreadable ones by the exit code", async () => {
  await writeFile(join(folder, "bad.json"), '{"schemaVersion": 1}');
  const { code, stdout, stderr } = await bench("validate", "bad.json");
  expect([code, stderr]).toEqual([1, ""]);
  expect(stdout).toMatch(/^invalid {2}bad\.json: /);
  const json = JSON.parse((await bench("validate", ".", "--json")).stdout) as object[];
  expect(json).toMatchObject([{ file: "bad.json", valid: false, warnings: [] }]);
});

it("rewrites records of an older version, once", async () => {
  const old = new URL("../../records/test/old/version-1.json", import.meta.url);
  await mkdir(join(folder, "cpu-amd-epyc"));
  const file = join("cpu-amd-epyc", "2026-11-24-1l2irujx2ghy.json");
  await copyFile(old, join(folder, file));
  expect(await bench("validate", file)).toMatchObject({ code: 1, stdout: expect.stringMatching(/bench migrate/) });
  expect(await bench("migrate", ".")).toEqual({ code: 0, stdout: `${file}\n`, stderr: "" });
  expect(await bench("validate", file)).toMatchObject({ code: 0 });
  expect((await bench("migrate", ".")).stdout).toBe("all records are of this version\n");
});

it("measures, prints the table and leaves a valid record", async () => {
  const words = ["run", "vit-tiny-patch16-224", "--phase", "infer", "--size", "tiny", "--mode", "fast", "--seed", "1"];
  const { code, stdout, stderr } = await bench(...words, "--out", "results");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^machine {2}.*\n(?:unused {3}.*\n)*device {3}.*: .+\nengine {3}onnxruntime .* on cpu\n/);
  expect(stdout).toMatch(/vit\/vit-tiny-patch16-224 \(tiny\) +infer +\d+ +[\d.]+ +one launch +[\d.]+ +\d+ MiB +\w+/);
  expect(stderr).toMatch(/^\[1\/1\] vit\/vit-tiny-patch16-224 infer, launch 1 of 1; about /);
  const file = /record {3}(.*)/.exec(stdout)![1]!;
  expect(await bench("validate", file)).toMatchObject({ code: 0, stdout: `valid    ${file}\n` });
  const text = await readFile(join(folder, file), "utf8");
  expect(JSON.parse(text)).toMatchObject({ mode: "fast", seed: 1, cases: [{ launches: [{ unforcedStepMs: null }] }] });

  // Nobody's machine, account or folder is in it.
  const names = [
    hostname(),
    userInfo().username,
    homedir(),
    tmpdir(),
    folder,
    fileURLToPath(new URL("../", import.meta.url)),
  ];
  for (const name of names.filter((each) => each.length > 3)) expect(text).not.toContain(name);

  const again = await bench("reproduce", file, "--out", "again", "--json");
  expect(again).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^vit\/vit-tiny-patch16-224 infer, batch \d+\n/),
  });
  const { pairs, missing } = JSON.parse(again.stdout) as { pairs: object[]; missing: object[] };
  expect(pairs).toMatchObject([{ ratio: { median: expect.any(Number), distinguishable: false } }]);
  expect(missing).toEqual([]);
  const copy = (await readdir(join(folder, "again"), { recursive: true })).find((name) => name.endsWith(".json"));
  const [first, second] = [text, await readFile(join(folder, "again", copy!), "utf8")].map(
    (each) => (JSON.parse(each) as RunFile).cases[0]!,
  );
  expect(second!.workload).toEqual(first!.workload);
  expect(second!.launches.map(({ seed }) => seed)).toEqual(first!.launches.map(({ seed }) => seed));
  expect(await bench("validate", join("again", copy!))).toMatchObject({ code: 0 });
}, 120_000);

it("does not reproduce what is no record, or holds nothing that was measured", async () => {
  await writeFile(join(folder, "bad.json"), "{}");
  expect(await bench("reproduce", "bad.json")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^bench: bad\.json: /),
  });
});

it("names a photograph's classes, and says that random weights mean nothing", async () => {
  const { code, stdout, stderr } = await bench("infer", "vit-tiny-patch16-224", photograph, "--json", "--out", "made");
  expect(code).toBe(0);
  expect(stderr).toMatch(/^bench: without --weights the weights are random.*\n$/);
  const { weights, results } = JSON.parse(stdout) as { weights: null; results: { top: object[] }[] };
  expect(weights).toBeNull();
  expect(results[0]!.top).toHaveLength(5);
  expect(results[0]!.top[0]).toMatchObject({ name: expect.any(String), probability: expect.any(Number) });
  expect(await readdir(join(folder, "made"))).toEqual(["hopper-vit-tiny-patch16-224.json"]);
});

it("keeps nothing that was not measured when it is interrupted, and ends with the signal's code", async () => {
  await mkdir(join(folder, "out"));
  const words = ["run", "vit-tiny-patch16-224", "--size", "tiny", "--mode", "ranked", "--out", "out"];
  const child = spawn(process.execPath, [main, ...words], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.once("data", () => child.kill("SIGINT"));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(130);
  const files = (await readdir(join(folder, "out"), { recursive: true })).filter((name) => name.endsWith(".json"));
  expect(files).toEqual([]);
});

it("is not upset by a reader that leaves", async () => {
  const child = spawn(process.execPath, [main, "list", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([0, ""]);
});
