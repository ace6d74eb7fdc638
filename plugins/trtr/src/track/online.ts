import { Random, type HostTensor, type RunProgram } from "@epochmark/plugin-kit";
import { cellsOf, type TrTrConfig } from "../config.ts";
import { adaptiveAverage, halfOf, onlineCells } from "../online/features.ts";
import { gaussianLabel } from "../online/label.ts";
import { channelsOf } from "../online/networks.ts";
import { changed, changes, dropChannels, dropped, moved } from "./augment.ts";
import { Memory } from "./memory.ts";
import { peaks, responseAtCells } from "./response.ts";

type Tensors = Record<string, HostTensor>;

/** Figures of the official tracker. */
const rates = { usual: 0.0075, hardNegative: 0.02 };
const framesPerUpdate = 10;
/** A second peak that is so high a share of the first is a hard negative. */
const hardNegative = 0.3;
/** Spread of a label, as a share of the target's size in cells. */
const spread = 1 / 4;
/** Crops that go through the backbone at once. */
const atOnce = 1;

/** The filter that is learnt on the video: fitted to the first frame, updated every ten, asked at each. */
export class OnlineFilter {
  readonly #config: TrTrConfig;
  readonly #run: RunProgram;
  readonly #side: number;
  readonly #sigma: number;
  readonly #radius: readonly [number, number];
  /** Inputs of programs that average maps. */
  readonly #average: Tensors = {};
  #learnt: Tensors = {};
  #memory = new Memory(1, 1);
  #state: Record<string, Float32Array> = {};
  #fresh: { samples: Tensors; label: Float32Array; place: number }[] = [];
  #frames = 0;

  /** @param target width and height in search pixels */
  constructor(config: TrTrConfig, run: RunProgram, target: readonly [number, number]) {
    this.#config = config;
    this.#run = run;
    this.#side = onlineCells(config);
    const cells = cellsOf(config.search);
    if (this.#side !== halfOf(config.search))
      this.#average = { average: { shape: [this.#side, cells], data: adaptiveAverage(cells, this.#side) } };
    const inCells = target.map((size) => (size / config.search) * this.#side) as [number, number];
    this.#sigma = spread * Math.sqrt(inCells[0] * inCells[1]);
    this.#radius = [inCells[0], inCells[1]];
  }

  /** Inputs that a tracked frame takes beside memory and search image. */
  get learnt(): Tensors {
    return { ...this.#learnt, ...this.#average };
  }

  /** @param image [3, 2 search, 2 search], the target in its middle */
  async start(image: Float32Array): Promise<void> {
    const { search, online } = this.#config;
    const side = this.#side;
    const { layers } = online;
    const samples = Object.fromEntries(layers.map((layer) => [layer, [] as Float32Array[]]));
    const labels: Float32Array[] = [];
    // A short memory does not hold them all.
    for (const change of changes.slice(0, online.memory)) {
      const crops = { shape: [atOnce, 3, search, search], data: changed(image, search, change) };
      const maps = await this.#run({ phase: "infer" }, { crops, ...this.#average });
      for (const layer of layers) samples[layer]!.push(maps[layer]!.data as Float32Array);
      labels.push(this.#label(moved(change)));
    }
    const random = new Random(0, "dropped features");
    for (let copy = 0; copy < dropped.copies; copy++) {
      for (const layer of layers)
        samples[layer]!.push(dropChannels(samples[layer]![0]!, channelsOf(this.#config, layer), random));
      labels.push(labels[0]!);
    }
    const count = Math.min(labels.length, online.memory);
    const inputs: Tensors = {
      labels: { shape: [count, side, side], data: joined(labels.slice(0, count)) },
      weights: { shape: [count], data: new Float32Array(count).fill(1 / count) },
    };
    for (const layer of layers)
      inputs[layer] = {
        shape: [count, side, side, channelsOf(this.#config, layer)],
        data: joined(samples[layer]!.slice(0, count)),
      };
    const fitted = await this.#run({ phase: "online", part: "first-frame" }, inputs);
    this.#learnt = Object.fromEntries(Object.entries(fitted).filter(([name]) => /^(filter|projection)\./.test(name)));
    this.#memory = new Memory(online.memory, count);
    this.#state = { "online.labels": filled(inputs.labels!.data, online.memory * side ** 2) };
    for (const layer of layers) {
      const place = online.memory * side ** 2 * online.filterChannels;
      this.#state[`online.${layer}.samples`] = filled(fitted[`samples.${layer}`]!.data, place);
      this.#state[`online.${layer}.filter`] = fitted[`filter.${layer}`]!.data as Float32Array;
    }
  }

  /** The response by cell of the heatmap, averaged over the layers. */
  response(outputs: Tensors): Float32Array {
    const cells = cellsOf(this.#config.search);
    return responseAtCells(this.#meanResponse(outputs), this.#side, cells);
  }

  /** Remembers a frame, and updates the filter every ten or where something else looks like the target. @param away from the middle, in shares of the side */
  async learn(outputs: Tensors, away: readonly [number, number]): Promise<void> {
    const [first, second] = peaks(this.#meanResponse(outputs), this.#side, this.#radius);
    const hard = second.value > hardNegative * first.value;
    const samples = Object.fromEntries(
      this.#config.online.layers.map((layer) => [layer, outputs[`samples.${layer}`]!]),
    );
    const place = this.#memory.take(hard ? rates.hardNegative : rates.usual);
    this.#fresh.push({ samples, label: this.#label(away), place });
    this.#frames++;
    if (hard || this.#frames % framesPerUpdate === 0 || this.#fresh.length === framesPerUpdate) await this.#update();
  }

  async #update(): Promise<void> {
    const { layers, memory, filterChannels } = this.#config.online;
    const side = this.#side;
    // One program for all updates: what is not there is filled up with the last, to which no place points.
    const batch = Array.from({ length: framesPerUpdate }, (_, k) => this.#fresh[k] ?? this.#fresh.at(-1)!);
    const slots = Int32Array.from({ length: memory }, (_, at) => at);
    for (const [k, { place }] of this.#fresh.entries()) slots[place] = memory + k;
    const inputs: Tensors = {
      labels: { shape: [framesPerUpdate, side, side], data: joined(batch.map(({ label }) => label)) },
      slots: { shape: [memory], data: slots },
      weights: { shape: [memory], data: this.#memory.weights.slice() },
    };
    for (const layer of layers)
      inputs[layer] = {
        shape: [framesPerUpdate, side, side, filterChannels],
        data: joined(batch.map(({ samples }) => samples[layer]!.data as Float32Array)),
      };
    this.#fresh = [];
    const { total: _, ...filters } = await this.#run({ phase: "online" }, inputs, this.#state);
    this.#learnt = { ...this.#learnt, ...filters };
  }

  /** Over the layers, [side²]. */
  #meanResponse(outputs: Tensors): Float32Array {
    const each = this.#config.online.layers.map((layer) => outputs[`response.${layer}`]!.data as Float32Array);
    return each.reduce((a, b) => a.map((value, at) => value + b[at]!)).map((sum) => sum / each.length);
  }

  #label([x, y]: readonly [number, number]): Float32Array {
    return gaussianLabel(this.#side, [(0.5 + x) * this.#side, (0.5 + y) * this.#side], this.#sigma);
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function filled(start: HostTensor["data"], length: number): Float32Array {
  const all = new Float32Array(length);
  all.set(start);
  return all;
}
