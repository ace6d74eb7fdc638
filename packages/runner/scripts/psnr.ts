import { availableParallelism } from "node:os";
import { compile } from "@epochmark/compiler";
import { engineById } from "@epochmark/engines";
import { type Arrays, configFor, initialState, makeStep, Random, type StepRequest } from "@epochmark/plugin-kit";
import { loadPhotographs } from "@epochmark/plugin-kit/data";
import { scriptWords } from "@epochmark/script";
import { mean } from "simple-statistics";
import { discoverPlugins, findModel } from "../src/index.ts";

const { values, positionals, count, refuse } = scriptWords({
  name: "psnr",
  help: `Trains a model that restores pictures, cut down, on crops of the shipped photographs, and shows whether it restores crops of
photographs that it never saw: mean PSNR in dB over pixels in [-1, 1], and that of all crops' errors together, beside those
of the blurred crops themselves.

  pnpm psnr [MODEL] [options]      (default: deblur/deblurgan)

  --steps N             steps of training (default 2500, 15 to 18 minutes on two busy cores)
  --batch N             crops a step (default 1)
  --side PIXELS         side of a crop (default 128)
  --rate R              highest learning rate (default 0.001)
  --objective NAME      mean-square, another that the model has, or "paper" for the paper's losses (default mean-square)
  --dropout R           share of dropped units, where the model has any (default 0)
  --seed N              of weights, crops and blur (default 1)
  --overrides JSON      what differs from the tiny size (default {"ngf":12,"blocks":2,"blurLength":30})

Examples
  pnpm psnr --seed 2
  pnpm psnr deblurgan-v2-mobilenet --objective paper --side 64 --overrides '{"blurLength":20}'`,
  takesWords: true,
  options: {
    steps: { type: "string", default: "2500" },
    batch: { type: "string", default: "1" },
    rate: { type: "string", default: "0.001" },
    side: { type: "string", default: "128" },
    objective: { type: "string", default: "mean-square" },
    dropout: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    overrides: { type: "string", default: '{"ngf":12,"blocks":2,"blurLength":30}' },
  },
});
const [steps, batch, side, seed] = [count("steps"), count("batch"), count("side"), count("seed")];
const [rate, dropout] = [share("rate"), share("dropout")];
const overrides = overridesFrom(values.overrides);
const warmUpSteps = 50;
const heldBackCrops = 32;

const { plugins } = await discoverPlugins();
const { model } = orRefuse(() => findModel(plugins, positionals[0] ?? "deblur/deblurgan"));
const request = (phase: "train" | "infer", images: number): StepRequest => {
  const shape = [images, 3, side, side];
  return {
    phase,
    size: "tiny",
    batch: images,
    overrides,
    ...(values.objective !== "paper" && { trainObjective: values.objective }),
    shapes: phase === "infer" ? { blurred: shape } : { "batch.blurred": shape, "batch.sharp": shape },
  };
};

const photographs = await loadPhotographs();
// Every fourth is held back: faces, animals and things lie on both sides.
const held = photographs.filter((_, index) => index % 4 === 1);
const seen = photographs.filter((_, index) => index % 4 !== 1);
const pairs = (images: number, of: typeof photographs, stream: string, step: number): Promise<Arrays> =>
  model.makeBatch(configFor(model, request("train", images)), {
    phase: "train",
    batch: images,
    random: new Random(seed, stream),
    source: "photographs",
    photographs: of,
    step,
  });

const target = { device: "cpu", threads: availableParallelism() };
const engine = engineById("onnxruntime");
const train = orRefuse(() => makeStep(model, request("train", batch)));
const session = await engine.load(compile(train), { ...target, state: initialState(train.state, seed) });
const unseen = await pairs(heldBackCrops, held, "held back", 1);
if (!unseen.blurred || !unseen.sharp) refuse(`${model.id} restores no pictures: say a model of deblur/`);
const inferring = makeStep(model, request("infer", 1));
const restoring = compile(inferring);

console.log(
  `${model.id}, tiny ${values.overrides}, ${values.objective === "paper" ? "the paper's losses" : values.objective}, seed ${seed}`,
);
console.log(`trained on crops of ${seen.map(({ name }) => name).join(", ")}; ${batch} of ${side} x ${side} a step`);
console.log(`${heldBackCrops} held-back crops of ${held.map(({ name }) => name).join(", ")}`);
console.log(`blurred             ${decibels(unseen.blurred!)}`);
for (let step = 1; step <= steps; step++) {
  const inputs = await pairs(batch, seen, `step ${step}`, step);
  const cosine = (1 + Math.cos((Math.PI * step) / steps)) / 2;
  inputs.learningRate = Float32Array.of(rate * Math.min(1, step / warmUpSteps) * cosine);
  if (inputs.dropout) inputs.dropout = Float32Array.of(dropout);
  await session.run(inputs);
  if (step === steps || step % Math.ceil(steps / 6) === 0)
    console.log(`after ${String(step).padStart(5)} steps   ${decibels(await restored())}`);
}
await session.dispose();

/** One at a time: norms over a batch would mix the crops. */
async function restored(): Promise<Float32Array> {
  const state = await session.readState(inferring.state.map(({ name }) => name));
  const one = await engine.load(restoring, { ...target, state });
  const size = 3 * side * side;
  const all = new Float32Array(heldBackCrops * size);
  for (let index = 0; index < heldBackCrops; index++) {
    const outputs = await one.run({ blurred: unseen.blurred!.slice(index * size, (index + 1) * size) as Float32Array });
    all.set(outputs.restored!, index * size);
  }
  await one.dispose();
  return all;
}

/** Mean over the held-back crops of 10 log10(range² / mean squared error), the range being 2; and the same of all their errors together. */
function orRefuse<T>(what: () => T): T {
  try {
    return what();
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function share(option: "rate" | "dropout"): number {
  const value = Number(values[option]);
  return value >= 0 && value < 1 ? value : refuse(`--${option} "${values[option]}": say a number from 0 to 1`);
}

function overridesFrom(word: string): Record<string, never> {
  try {
    return JSON.parse(word) as Record<string, never>;
  } catch {
    return refuse(`--overrides ${word}: this is no JSON, such as {"blurLength":30}`);
  }
}

function decibels(images: ArrayLike<number>): string {
  const { sharp } = unseen;
  const size = 3 * side * side;
  const squares = Array.from({ length: heldBackCrops }, (_, index) => {
    let square = 0;
    for (let k = index * size; k < (index + 1) * size; k++) square += (images[k]! - sharp![k]!) ** 2;
    return square / size;
  });
  const decibel = (square: number): number => 10 * Math.log10(4 / square);
  return `${mean(squares.map(decibel)).toFixed(2)} dB   together ${decibel(mean(squares)).toFixed(2)} dB`;
}
