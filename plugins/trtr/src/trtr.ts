import { type Network, type Scope, type Tensors, tf } from "@epochmark/plugin-kit";
import {
  adamW,
  clipByGlobalNorm,
  conv2d,
  dropout,
  gradients,
  layerNorm,
  type Layer,
  linear,
  toNhwc,
} from "@epochmark/plugin-kit/nn";
import { cellsOf, type TrTrConfig } from "./config.ts";
import { constant } from "./initializers.ts";
import { losses, type Prediction } from "./losses.ts";
import { onlineFeatures } from "./online/features.ts";
import { averageInputs, firstFramePhase, respond, responseInputs, updatePhase } from "./online/networks.ts";
import { sinePositions } from "./position.ts";
import { dilatedResNet } from "./resnet.ts";
import { decoderLayer, type Drop, encoderLayer } from "./transformer.ts";

const keepAll: Drop = (x) => x;
/** What the official checkpoint holds. */
const official = ["transformer", "reg_embed", "wh_embed", "heatmap_embed", "input_projs", "backbone"];

/**
 * TrTr (Zhao, Okada and Inaba, arXiv 2105.03817): the encoder looks at the template, the decoder lets every cell of the
 * search image look at the search image and at the template's memory; three heads read each cell. Parameters carry the
 * official names. Images are NCHW, channels blue, green, red, with ImageNet's mean and deviation, as the official code has it.
 *
 * Infer, as `config.inference` says: `tracked` (each frame of a video): `memory` [B, cells², dim], `search` -> `pred_heatmap`
 * [B, cells², 1] before the sigmoid, `pred_bbox_reg` and `pred_bbox_wh` [B, cells², 2] after it; `template` (the first
 * frame): `template` -> `memory`; `pair`: both images -> the three; for the online part, `features`: `crops` -> `layer2`,
 * `layer3`, and `hybrid`: `tracked` with filters and projections -> the layers' `response.` and projected `samples.` too.
 * Either takes the matrix `average` [n, heatmap cells] where the online part's maps have n cells a side, not half the heatmap's.
 * Train: both images, `heatmap`, `offset`, `size` (made from boxes by the host), `dropout` [] and `seeds` (one a dropout),
 * `learningRate`, `step` -> `total`, `loss_hm`, `loss_bbox_reg`, `loss_bbox_wh`.
 * Online: the periodic update of the filter learnt on the video, or with `config.onlinePart` the first frame's fit.
 */
export function trtr(scope: Scope, config: TrTrConfig): Network {
  if (config.onlinePart === "first-frame") return { online: firstFramePhase(scope.at("online"), config) };
  const { dim, normEpsilon: epsilon, encoderLayers, optimizer } = config;
  const transformer = scope.at("transformer.0");
  const encoders = Array.from({ length: encoderLayers }, (_, index) =>
    encoderLayer(transformer.at("encoder.layers").at(index), config),
  );
  const decoder = decoderLayer(transformer.at("decoder.layers.0"), config);
  const decoderNorm = layerNorm(transformer.at("decoder.norm"), dim, { epsilon });
  const offsetHead = threeLayers(scope.at("reg_embed"), dim);
  const sizeHead = threeLayers(scope.at("wh_embed"), dim);
  const heatmapHead = linear(scope.at("heatmap_embed"), dim, 1, { biasInitializer: constant(-2.19) });
  const channels = 16 * config.backboneWidth;
  const projection = conv2d(scope.at("input_projs.0"), channels, dim, { kernel: 1 });
  const backbone = dilatedResNet(scope.at("backbone.0.body"), {
    width: config.backboneWidth,
    bottlenecks: config.bottlenecks,
    epsilon: config.frozenBatchNormEpsilon,
  });

  const mapsOf = (images: tf.Tensor) => backbone(toNhwc(images));

  function tokens({ layer3 }: ReturnType<typeof mapsOf>): tf.Tensor {
    return tf.reshape(projection(layer3), [layer3.shape[0]!, -1, dim]);
  }

  function positions(side: number): tf.Tensor {
    const cells = cellsOf(side);
    return tf.tensor2d(sinePositions(cells, cells, dim), [cells ** 2, dim]);
  }

  function encode(template: tf.Tensor, drop = keepAll): tf.Tensor {
    const place = positions(config.template);
    const memory = encoders.reduce((x, layer) => layer(x, place, drop), tokens(mapsOf(template)));
    scope.tap("encoder", memory);
    return memory;
  }

  function decode(memory: tf.Tensor, maps: ReturnType<typeof mapsOf>, side: number, drop = keepAll): Prediction {
    const image = { x: tokens(maps), positions: positions(side) };
    const y = decoderNorm(decoder(image, { x: memory, positions: positions(config.template) }, drop));
    scope.tap("decoder", y);
    return {
      pred_heatmap: heatmapHead(y),
      pred_bbox_reg: tf.sigmoid(offsetHead(y)),
      pred_bbox_wh: tf.sigmoid(sizeHead(y)),
    };
  }

  const parameters = scope.trainable();
  const update = adamW(scope, parameters, {
    ...optimizer,
    learningRateScale: ({ spec }) => (spec.name.startsWith("backbone.") ? optimizer.backboneRate : 1),
  });

  const online = updatePhase(scope.at("online"), config);
  const templateInput = (batch: number) => float("template", [batch, 3, config.template, config.template]);
  const searchInput = (batch: number, side: number) => float("search", [batch, 3, side, side]);
  const memoryInput = (batch: number) => float("memory", [batch, cellsOf(config.template) ** 2, dim]);

  const inferences: Record<TrTrConfig["inference"], NonNullable<Network["infer"]>> = {
    tracked: {
      inputs: (batch) => [memoryInput(batch), searchInput(batch, config.search)],
      run: ({ memory, search }) => ({ ...decode(memory!, mapsOf(search!), config.search) }),
    },
    template: {
      inputs: (batch) => [templateInput(batch)],
      run: ({ template }) => ({ memory: encode(template!) }),
    },
    pair: {
      inputs: (batch) => [templateInput(batch), searchInput(batch, config.search)],
      run: ({ template, search }) => ({ ...decode(encode(template!), mapsOf(search!), config.search) }),
    },
    features: {
      inputs: (batch) => [float("crops", [batch, 3, config.search, config.search]), ...averageInputs(config)],
      run({ crops, average }) {
        const maps = mapsOf(crops!);
        return Object.fromEntries(config.online.layers.map((layer) => [layer, onlineFeatures(maps[layer], average)]));
      },
    },
    hybrid: {
      inputs: (batch) => [
        memoryInput(batch),
        searchInput(batch, config.search),
        ...responseInputs(config),
        ...averageInputs(config),
      ],
      run(inputs) {
        const maps = mapsOf(inputs.search!);
        const responses = config.online.layers.map((layer) => respond(layer, maps[layer], inputs));
        return Object.assign({ ...decode(inputs.memory!, maps, config.search) }, ...responses);
      },
    },
  };

  return {
    infer: { networks: official, ...inferences[config.inference] },
    online,
    train: {
      networks: official,
      inputs: (batch) => [
        templateInput(batch),
        searchInput(batch, config.trainSearch),
        float("heatmap", [batch, cellsOf(config.trainSearch) ** 2]),
        float("offset", [batch, 2]),
        float("size", [batch, 2]),
        float("dropout", []),
        { name: "seeds", shape: [dropouts(config)], dtype: "int32" },
        float("learningRate", []),
        float("step", []),
      ],
      run(inputs) {
        const { template, search, heatmap, offset, size, learningRate, step } = inputs as Required<Tensors>;
        const loss = () => {
          const drop = dropping(inputs.dropout!, inputs.seeds!);
          const prediction = decode(encode(template!, drop), mapsOf(search!), config.trainSearch, drop);
          return losses(prediction, { heatmap: heatmap!, offset: offset!, size: size! });
        };
        const { losses: values, gradients: raw } = gradients(loss, parameters, scope);
        const { gradients: clipped } = clipByGlobalNorm(raw, optimizer.clip);
        update(clipped, { learningRate: learningRate!, step: step! });
        return values;
      },
    },
  };
}

/** Places with dropout: four in an encoder layer, six in the decoder layer. */
export function dropouts({ encoderLayers }: TrTrConfig): number {
  return 4 * encoderLayers + 6;
}

/** Gives every call a seed of its own, in order. */
function dropping(rate: tf.Tensor, seeds: tf.Tensor): Drop {
  const each = tf.unstack(seeds);
  return (x) => dropout(x, rate, each.shift()!);
}

/** dim -> dim -> dim -> 2 with ReLU between. */
function threeLayers(scope: Scope, dim: number): Layer {
  const [first, second, third] = [dim, dim, 2].map((outputs, index) =>
    linear(scope.at("layers").at(index), dim, outputs),
  ) as [Layer, Layer, Layer];
  return (x) => third(tf.relu(second(tf.relu(first(x)))));
}

function float(name: string, shape: number[]) {
  return { name, shape, dtype: "float32" as const };
}
