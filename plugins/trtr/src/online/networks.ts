import { type PhaseFunction, type Scope, type State, tf } from "@epochmark/plugin-kit";
import { normal, zeros } from "@epochmark/plugin-kit/nn";
import { cellsOf, type LayerName, type TrTrConfig } from "../config.ts";
import { correlate } from "./correlate.ts";
import { onlineCells, onlineFeatures } from "./features.ts";
import { fitFirstFrame, updateFilter } from "./layer-problem.ts";
import { mlu } from "./mlu.ts";

/** Channels of a layer of the backbone. */
export const channelsOf = ({ backboneWidth }: TrTrConfig, layer: LayerName): number =>
  backboneWidth * (layer === "layer2" ? 8 : 16);

const float = (name: string, shape: number[]) => ({ name, shape, dtype: "float32" as const });

/** A filter in the official layout [1, channels, k, k], and as it is used [k, k, channels]. */
const toUse = (filter: tf.Tensor): tf.Tensor => tf.transpose(tf.squeeze(filter, [0]), [1, 2, 0]);
const toState = (filter: tf.Tensor): tf.Tensor => tf.expandDims(tf.transpose(filter, [2, 0, 1]), 0);

/**
 * The periodic update of the online part (ATOM's classifier, Danelljan et al., CVPR 2019, in TrTr's hybrid tracker): puts
 * the samples of the frames since the last one into the memory, then takes five conjugate gradient steps on both filters.
 *
 * Inputs: `layer2`, `layer3` [batch, h, h, channels] projected samples and their `labels` [batch, h, h]; `slots` [memory]
 * says what each place of the memory holds from now on (its own number: what it held; memory + i: new sample i) and
 * `weights` [memory] how much it counts. Outputs: `total`, what is minimised, before; the filters [1, channels, k, k].
 */
export function updatePhase(scope: Scope, config: TrTrConfig): PhaseFunction {
  const { memory, filterChannels: channels, filterSize: k, filterSteps } = config.online;
  const side = onlineCells(config);
  const layers = config.online.layers.map((layer) => {
    const own = scope.at(layer);
    return {
      layer,
      // Learnt anew for every video: in no checkpoint.
      filter: own.buffer("filter", [1, channels, k, k], normal(1 / (channels * k * k))),
      samples: own.buffer("samples", [memory, side, side, channels], zeros),
    };
  });
  const labels = scope.buffer("labels", [memory, side, side], zeros);
  return {
    networks: ["online"],
    inputs: (batch) => [
      ...layers.map(({ layer }) => float(layer, [batch, side, side, channels])),
      float("labels", [batch, side, side]),
      { name: "slots", shape: [memory], dtype: "int32" },
      float("weights", [memory]),
    ],
    run(inputs) {
      const place = (state: State, fresh: tf.Tensor): tf.Tensor => {
        const kept = tf.gather(tf.concat([state.value, fresh], 0), inputs.slots as tf.Tensor1D);
        state.assign(kept);
        return kept;
      };
      const wanted = { labels: place(labels, inputs.labels!), weights: inputs.weights! };
      const fits = layers.map(({ layer, filter, samples }) => {
        const fit = updateFilter(place(samples, inputs[layer]!), toUse(filter.value), wanted, filterSteps);
        filter.assign(toState(fit.filter));
        return { loss: fit.loss, output: [`filter.${layer}`, tf.clone(filter.value)] as const };
      });
      return {
        total: tf.addN(fits.map(({ loss }) => loss)),
        ...Object.fromEntries(fits.map(({ output }) => output)),
      };
    },
  };
}

/**
 * The online part's first frame: filters and projections fitted together to `batch` samples (transformed crops of the
 * first frame, and copies with features dropped). Inputs: `layer2`, `layer3` [batch, h, h, inputs], features that the
 * backbone gave; `labels` [batch, h, h]; `weights` [batch]. Outputs: `total`, what is minimised, before; by layer
 * `filter.` [1, channels, k, k], `projection.` [channels, inputs, 1, 1] and the projected `samples.` [batch, h, h, channels].
 */
export function firstFramePhase(scope: Scope, config: TrTrConfig): PhaseFunction {
  const { filterChannels: channels, filterSize: k, newtonSteps, gradientSteps } = config.online;
  const side = onlineCells(config);
  const layers = config.online.layers.map((layer) => {
    const own = scope.at(layer);
    const inputs = channelsOf(config, layer);
    return {
      layer,
      inputs,
      filter: own.parameter("filter", [1, channels, k, k], normal(1 / (channels * k * k))),
      projection: own.parameter("projection", [channels, inputs, 1, 1], normal(1 / Math.sqrt(inputs))),
    };
  });
  return {
    networks: ["online"],
    inputs: (batch) => [
      ...layers.map(({ layer, inputs }) => float(layer, [batch, side, side, inputs])),
      float("labels", [batch, side, side]),
      float("weights", [batch]),
    ],
    run(given) {
      const wanted = { labels: given.labels!, weights: given.weights! };
      const fits = layers.map(({ layer, inputs, filter, projection }) => {
        const start = { filter: toUse(filter.value), projection: matrix(projection.value) };
        const fit = fitFirstFrame(given[layer]!, start, wanted, { newtonSteps, gradientSteps });
        filter.assign(toState(fit.filter));
        projection.assign(tf.reshape(tf.transpose(fit.projection), [channels, inputs, 1, 1]));
        const outputs = {
          [`filter.${layer}`]: tf.clone(filter.value),
          [`projection.${layer}`]: tf.clone(projection.value),
          [`samples.${layer}`]: projected(given[layer]!, fit.projection),
        };
        return { loss: fit.loss, outputs };
      });
      return {
        total: tf.addN(fits.map(({ loss }) => loss)),
        ...Object.assign({}, ...fits.map(({ outputs }) => outputs)),
      };
    },
  };
}

/** What the backbone's maps are averaged by, where that is not to half of the heatmap's cells. */
export function averageInputs({ search, online: { cells } }: TrTrConfig) {
  return cells === null ? [] : [float("average", [cells, cellsOf(search)])];
}

/** What the online part adds to a tracked frame: the projections and filters as inputs. */
export function responseInputs(config: TrTrConfig) {
  const { filterChannels: channels, filterSize: k } = config.online;
  return config.online.layers.flatMap((layer) => [
    float(`projection.${layer}`, [channels, channelsOf(config, layer), 1, 1]),
    float(`filter.${layer}`, [1, channels, k, k]),
  ]);
}

/** A layer's map of the search image -> `response.` [B, h, h] and the projected `samples.` [B, h, h, channels]. */
export function respond(
  layer: LayerName,
  map: tf.Tensor,
  { [`projection.${layer}`]: projection, [`filter.${layer}`]: filter, average }: Record<string, tf.Tensor>,
): Record<string, tf.Tensor> {
  const samples = projected(onlineFeatures(map, average), matrix(projection!));
  return { [`response.${layer}`]: mlu(correlate(samples, toUse(filter!))).value, [`samples.${layer}`]: samples };
}

/** [channels, inputs, 1, 1] to [inputs, channels]. */
const matrix = (projection: tf.Tensor): tf.Tensor => tf.transpose(tf.squeeze(projection, [2, 3]));

function projected(maps: tf.Tensor, projection: tf.Tensor): tf.Tensor {
  const rows = tf.matMul(tf.reshape(maps, [-1, maps.shape[3]!]), projection);
  return tf.reshape(rows, [...maps.shape.slice(0, 3), projection.shape[1]!]);
}
