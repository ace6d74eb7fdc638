import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentHash } from "../hash.ts";
import { runFilePath } from "../names.ts";
import { RecordError } from "../problem.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "../testing.ts";
import { validateRunFile } from "../validate.ts";
import { findRunFiles, readRunFile } from "./read.ts";
import { RecordWriteError, writeError } from "./write-error.ts";
import { RunFileWriter } from "./writer.ts";

const child = fileURLToPath(new URL("../../test/append-until-killed.ts", import.meta.url));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "epochmark-records-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = async (changes: Parameters<typeof exampleRunFile>[0] = {}) => {
  const initial = await exampleRunFile({ cases: [], finishedAt: null, ...changes });
  return RunFileWriter.create(join(folder, runFilePath(initial)), initial);
};

describe("RunFileWriter", () => {
  test("what is on disk after each call is a valid record of what was done", async () => {
    const writer = await start();
    expect(writer.path).toBe(join(folder, "geforce-rtx-3090", "2026-09-01-k3v9x0q2m7ab.json"));
    expect((await readRunFile(writer.path)).cases).toEqual([]);

    const first = exampleCase({ launches: [exampleLaunch(0)], status: "unstable", reason: "one launch so far" });
    await writer.append(first);
    expect((await readRunFile(writer.path)).cases).toEqual([first]);
    await writer.replaceCase(exampleCase());
    await writer.append(exampleCase({ phase: "infer" }));
    await writer.finish("2026-09-01T10:04:00.000Z");

    const file = await readRunFile(writer.path);
    expect(file).toEqual(writer.file);
    expect(file.finishedAt).toBe("2026-09-01T10:04:00.000Z");
    expect(file.cases).toEqual([exampleCase(), exampleCase({ phase: "infer" })]);
    expect(await validateRunFile(file, { path: writer.path })).toEqual({ problems: [], warnings: [] });
    expect(await readdir(dirname(writer.path))).toEqual(["2026-09-01-k3v9x0q2m7ab.json"]);
  });

  test("calls that overlap are all kept, in their order", async () => {
    const writer = await start();
    const models = ["a", "b", "c", "d", "e"];
    await Promise.all(models.map((model) => writer.append(exampleCase({ model }))));
    expect((await readRunFile(writer.path)).cases.map(({ model }) => model)).toEqual(models);
  });

  test("texts with paths, line ends or too many words become fit for a record", async () => {
    const writer = await start();
    const reason = `cannot open /home/ada/model.onnx\n\u001b[31m${"x".repeat(900)}`;
    await writer.append(exampleCase({ status: "failed", reason }));
    const [written] = (await readRunFile(writer.path)).cases;
    expect(written?.reason).toMatch(/^cannot open \[path\] \[31mx{450,}…$/);
    expect(written?.reason).toHaveLength(500);
  });

  test("a case that is refused leaves the file and the record as they were", async () => {
    const writer = await start();
    await writer.append(exampleCase());
    const before = await readFile(writer.path, "utf8");
    await expect(writer.append(exampleCase())).rejects.toThrow(
      /holds the case already: vit\/vit-small-patch16-224 train/,
    );
    await expect(writer.replaceCase(exampleCase({ phase: "infer" }))).rejects.toThrow(/does not hold the case/);
    const broken = exampleCase({ phase: "infer", launches: [{ ...exampleLaunch(), lossLast: Number.NaN }] });
    await expect(writer.append(broken)).rejects.toThrow(RecordError);
    await expect(writer.append(broken)).rejects.toThrow("cases[1].launches[0].lossLast: expected number, found NaN");
    expect(await readFile(writer.path, "utf8")).toBe(before);
    await writer.append(exampleCase({ phase: "infer" }));
    expect((await readRunFile(writer.path)).cases).toHaveLength(2);
  });

  test("a record that would grow past 256 kB is refused and what was written stays", async () => {
    const writer = await start();
    const many = { ...exampleLaunch(), samplesMs: Array.from({ length: 2000 }, () => 123.456789012345) };
    const cases = [..."abcdefg"].map((model) => exampleCase({ model, launches: [many] }));
    for (const added of cases.slice(0, 6)) await writer.append(added);
    await expect(writer.append(cases[6]!)).rejects.toThrow(/of at most 256000: run fewer models in one run$/);
    expect(await readRunFile(writer.path)).toEqual(writer.file);
    expect(writer.file.cases).toHaveLength(6);
  });

  test("no existing file is written over", async () => {
    const { path } = await start();
    await expect(start()).rejects.toThrow(`${path} exists already`);
  });

  test("what a killed writer left is removed by the next one, what a living one writes is not", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const place = join(folder, "geforce-rtx-3090");
    await mkdir(place);
    await writeFile(join(place, `.2026-01-01-dead.${pid}.epochmark-tmp`), "{");
    await writeFile(join(place, `.2026-01-01-live.${process.pid}.epochmark-tmp`), "{");
    await writeFile(join(place, ".keep"), "");
    await start();
    expect((await readdir(place)).toSorted()).toEqual([
      `.2026-01-01-live.${process.pid}.epochmark-tmp`,
      ".keep",
      "2026-09-01-k3v9x0q2m7ab.json",
    ]);
  });
});

describe("a writer that cannot write", () => {
  test("a folder that is a file is named with the remedy", async () => {
    await writeFile(join(folder, "geforce-rtx-3090"), "");
    const error = await start().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RecordWriteError);
    expect(error).toMatchObject({ folder: join(folder, "geforce-rtx-3090"), code: "ENOTDIR" });
    expect((error as Error).message).toMatch(/^cannot write the record in .*: a part of that path is a file: .*--out$/);
  });

  test.each([
    ["ENOSPC", "the disk is full: free some space or name another folder with --out"],
    ["EROFS", "it is read-only: name another folder with --out"],
    ["EACCES", "no permission to write there: name another folder with --out"],
    ["EIO", "i/o error: name another folder with --out"],
  ])("%s says what to do", (code, remedy) => {
    const error = writeError("results/cpu/a.json", Object.assign(new Error("i/o error"), { code }));
    expect(error.message).toBe(`cannot write the record in ${join("results", "cpu")}: ${remedy}`);
  });

  test("when space runs out in the middle of a write, all that was acknowledged stays", async () => {
    // The shell counts file sizes in blocks of 512 or 1024 bytes; a run of six cases takes 30 kB.
    const shell = spawnSync("sh", ["-c", 'ulimit -f 20; exec "$0" "$1" "$2"', process.execPath, child, folder], {
      encoding: "utf8",
    });
    const lines = shell.stdout.trim().split("\n");
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      code: "EFBIG",
      folder: join(folder, "geforce-rtx-3090"),
      message: expect.stringMatching(/the system's limit for file sizes was reached/),
    });
    await expectAllKept(lines.slice(0, -1));
    expect((await readdir(join(folder, "geforce-rtx-3090"))).filter((name) => !name.endsWith(".json"))).toEqual([]);
  });
});

test("SIGKILL at any moment: every file validates and no acknowledged case is lost", async () => {
  const random = mulberry32(7);
  const delays = Array.from({ length: 30 }, () => random() * 120);
  const lanes = [0, 1, 2].map(async (lane) => {
    const acknowledged: string[] = [];
    for (const delay of delays.filter((_, i) => i % 3 === lane)) acknowledged.push(...(await runAndKill(delay)));
    return acknowledged;
  });
  const acknowledged = (await Promise.all(lanes)).flat();
  expect(acknowledged.length).toBeGreaterThan(30);
  await expectAllKept(acknowledged);
  await start();
  expect((await readdir(join(folder, "geforce-rtx-3090"))).filter((name) => !name.endsWith(".json"))).toEqual([]);
});

/** Lines `path count` that the child wrote before it was killed, some time after its first write. */
const runAndKill = async (delayMs: number): Promise<string[]> => {
  const running = spawn(process.execPath, [child, folder], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  running.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = new Promise((resolve) => running.once("close", resolve));
  await Promise.race([closed, once(running.stdout, "data")]);
  await sleep(delayMs);
  running.kill("SIGKILL");
  await closed;
  return output.split("\n").slice(0, -1);
};

const expectAllKept = async (acknowledged: readonly string[]): Promise<void> => {
  const counts = new Map<string, number>();
  for (const path of await findRunFiles([folder])) {
    const file = await readRunFile(path);
    expect((await validateRunFile(file, { path })).problems).toEqual([]);
    expect(file.contentHash).toBe(await contentHash(file));
    counts.set(path, file.cases.length);
  }
  for (const line of acknowledged) {
    const [path, count] = line.split(" ") as [string, string];
    expect(counts.get(path), line).toBeGreaterThanOrEqual(Number(count));
  }
};

/** A small seeded generator, so that a failure comes again. */
const mulberry32 = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
