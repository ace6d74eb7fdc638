import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@epochmark/plugin-kit";
import { decodeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { encodePng } from "@epochmark/plugin-kit/data";
import { afterEach, beforeEach, expect, test } from "vitest";
import { train, type TrainEvent, type TrainOptions } from "./train.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "epochmark-train-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]): string => join(folder, ...names);

/** Three classes of four noisy pictures each, as ImageNet lays them out; a class is a colour. */
async function classFolders(): Promise<string> {
  const colours = { amber: [240, 180, 20], blue: [20, 40, 220], cyan: [0, 200, 220] };
  for (const [name, colour] of Object.entries(colours)) {
    mkdirSync(at("data", "train", name), { recursive: true });
    for (let index = 0; index < 4; index++) {
      const random = new Random(index, name);
      const pixels = Uint8Array.from({ length: 48 * 40 * 3 }, (_, i) => colour[i % 3]! / 2 + random.integer(128));
      writeFileSync(
        at("data", "train", name, `${index}.png`),
        await encodePng({ name, width: 48, height: 40, pixels }),
      );
    }
  }
  return at("data");
}

const options = (changes: Partial<TrainOptions>): TrainOptions => ({
  model: "vit-tiny-patch16-224",
  size: "tiny",
  batch: 4,
  out: at("out"),
  steps: 6,
  ...changes,
});

const bytes = (out: string, step: number, file: string): Buffer =>
  readFileSync(at(out, `step-${String(step).padStart(9, "0")}`, file));
const files = ["weights.safetensors", "training.safetensors"];

test("training on class folders goes on bit for bit, whatever number of threads reads", async () => {
  const data = await classFolders();
  const whole = await train(options({ data, workers: 2, out: at("whole") }));
  expect(whole).toMatchObject({ step: 6, resumedFrom: 0, skipped: [], interrupted: false });
  expect(whole.rates!.loaderImagesPerSecond).toBeGreaterThan(0);

  await train(options({ data, workers: 1, out: at("parts"), steps: 3 }));
  const rest = await train(options({ data, workers: 1, out: at("parts"), resume: true }));
  expect(rest).toMatchObject({ step: 6, resumedFrom: 3 });
  for (const file of files) expect(bytes("parts", 6, file).equals(bytes("whole", 6, file))).toBe(true);
  const log = (out: string): string => readFileSync(at(out, "log.jsonl"), "utf8");
  expect(log("parts")).toBe(log("whole"));
  expect(log("whole").trim().split("\n")).toHaveLength(6);
});

test("the loss falls on class folders, and the newest two checkpoints are kept", async () => {
  const losses: number[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step") losses.push(Object.values(event.losses)[0]!);
  };
  await train(options({ data: await classFolders(), steps: 40, batch: 8, checkpointEvery: 10, onEvent }));
  const mean = (some: number[]): number => some.reduce((sum, loss) => sum + loss, 0) / some.length;
  expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 5)));
  expect(readdirSync(at("out")).toSorted()).toEqual(["log.jsonl", "step-000000030", "step-000000040"]);
});

test("a picture that cannot be read is skipped, counted and named; the training goes on", async () => {
  const data = await classFolders();
  writeFileSync(at("data", "train", "blue", "1.png"), "no picture");
  const { step, skipped } = await train(options({ data, steps: 6 }));
  expect(step).toBe(6);
  expect(skipped).toEqual([
    { file: at("data", "train", "blue", "1.png"), reason: expect.stringContaining("is not a JPEG, PNG or WebP image") },
  ]);
});

test("without a data set it trains on the shipped photographs", async () => {
  expect(await train(options({ steps: 2 }))).toMatchObject({ step: 2, skipped: [] });
});

test("what an interrupted training has done is kept", async () => {
  const abort = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step" && event.step === 2) abort.abort();
  };
  const report = await train(options({ signal: abort.signal, onEvent }));
  expect(report).toMatchObject({ interrupted: true, step: 2, checkpoint: at("out", "step-000000002") });
  expect(await train(options({ resume: true, steps: 3 }))).toMatchObject({ resumedFrom: 2, step: 3 });
});

test("a checkpoint that was cut short by a kill is passed over", async () => {
  await train(options({ steps: 2 }));
  cpSync(at("out", "step-000000002"), at("out", "step-000000004.tmp"), { recursive: true });
  expect(await train(options({ resume: true, steps: 3 }))).toMatchObject({ resumedFrom: 2, step: 3 });
});

test("a folder that is no such data set gets one line that says what was expected", async () => {
  await expect(train(options({ data: at("nowhere") }))).rejects.toThrow(/nowhere: cannot be read \(ENOENT\); check/);
  mkdirSync(at("empty"));
  await expect(train(options({ data: at("empty") }))).rejects.toThrow(
    /empty: holds no pictures in class folders: expected train\/<class>\/\*\.JPEG/,
  );
  expect(readdirSync(folder)).toEqual(["empty"]);
});

test("going on asks for the same training", async () => {
  await expect(train(options({ resume: true }))).rejects.toThrow(/holds no checkpoint to resume from/);
  await train(options({ steps: 1 }));
  await expect(train(options({}))).rejects.toThrow(/holds a training at step 1: say --resume/);
  await expect(train(options({ resume: true, batch: 2 }))).rejects.toThrow(/was trained with batch 4, not 2/);
  await expect(train(options({ resume: true, seed: 9 }))).rejects.toThrow(/was trained with seed 1, not 9/);
});

test("pretrained tensors take the place of the random ones", async () => {
  await train(options({ steps: 1, out: at("first") }));
  const weights = at("first", "step-000000001", "weights.safetensors");
  await train(options({ steps: 1, out: at("second"), weights, seed: 2 }));
  await train(options({ steps: 1, out: at("third"), seed: 2 }));
  expect(bytes("second", 1, files[0]!).equals(bytes("third", 1, files[0]!))).toBe(false);
  await expect(train(options({ out: at("fourth"), weights: at("nothing") }))).rejects.toThrow(/cannot be read/);
});

/** Two pairs of noise, as GoPro lays them out. */
async function pairFolders(): Promise<string> {
  for (const name of ["blur", "sharp"]) {
    const scene = at("pairs", "train", "scene", name);
    mkdirSync(scene, { recursive: true });
    for (let index = 0; index < 2; index++) {
      const random = new Random(index, name);
      const pixels = Uint8Array.from({ length: 80 * 72 * 3 }, () => random.integer(256));
      writeFileSync(join(scene, `${index}.png`), await encodePng({ name, width: 80, height: 72, pixels }));
    }
  }
  return at("pairs");
}

test("DeblurGAN-v2's backbone is frozen for three epochs of three hundred, then trained by a new optimizer", async () => {
  // Two pairs a hundred times: two updates are three of three hundred epochs.
  const deblur = options({
    model: "deblurgan-v2-mobilenet",
    data: await pairFolders(),
    batch: 1,
    epochs: 100,
    steps: 4,
    checkpointEvery: 1,
  });
  const stages: TrainEvent[] = [];
  const backbone: Buffer[] = [];
  const updates: number[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "stage") stages.push(event);
    if (event.type !== "checkpoint") return;
    const tensor = (file: string, name: string): Float32Array =>
      decodeSafetensors(readFileSync(join(event.path, file))).tensors[name]!.data as Float32Array;
    backbone[event.step] = Buffer.from(tensor(files[0]!, "generator.fpn.features.0.0.weight").buffer);
    updates[event.step] = tensor(files[1]!, "generator.updates")[0]!;
  };
  await train({ ...deblur, onEvent, out: at("whole") });
  expect(stages).toEqual([{ type: "stage", step: 2, overrides: {} }]);
  expect(backbone[2]!.equals(backbone[1]!)).toBe(true);
  expect(backbone[3]!.equals(backbone[2]!)).toBe(false);
  expect(updates.slice(1)).toEqual([1, 2, 1, 2]);

  await train({ ...deblur, steps: 2, out: at("parts") });
  await train({ ...deblur, out: at("parts"), resume: true });
  for (const file of files) expect(bytes("parts", 4, file).equals(bytes("whole", 4, file))).toBe(true);
});
