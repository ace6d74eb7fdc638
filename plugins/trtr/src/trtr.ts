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
import { edgesOf, type ImageName } from "./edges.ts";
import { constant } from "./initializers.ts";
import { losses, type Prediction } from "./losses.ts";
import { onlineFeatures } from "./online/features.ts";
import { averageInputs, firstFramePhase, respond, responseInputs, updatePhase } from "./online/networks.ts";
import { sinePositions } from "./position.ts";
import { dilatedResNet } from "./resnet.ts";
import { decoderLayer, type Drop, encoderLayer, type Tokens } from "./transformer.ts";

type Maps = ReturnType<ReturnType<typeof dilatedResNet>>;

interface Decoding {
  /** Of the search image, in pixels. */
  side: number;
  /** Of the program: what they tell of the images' edges is read. */
  inputs: Tensors;
  drop?: Drop;
}

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
 * The transformer's images may come with `templatePositions`, `searchPositions` [cells², dim], position codes in which only
 * cells count that show the image, and `templateInside`, `searchInside` [cells²], 1 where attention looks, 0 elsewhere.
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

  function tokens({ layer3 }: Maps): tf.Tensor {
    return tf.reshape(projection(layer3), [layer3.shape[0]!, -1, dim]);
  }

  /** What is told of an image's edges, in `inputs`, or what holds where nothing is told. */
  function edges(image: ImageName, side: number, inputs: Tensors): Omit<Tokens, "x"> {
    const cells = cellsOf(side);
    return {
      positions: inputs[`${image}Positions`] ?? tf.tensor2d(sinePositions(cells, cells, dim), [cells ** 2, dim]),
      inside: inputs[`${image}Inside`],
    };
  }

  function encode(inputs: Tensors, drop = keepAll): tf.Tensor {
    const place = edges("template", config.template, inputs);
    const start = tokens(mapsOf(inputs.template!));
    const memory = encoders.reduce((x, layer) => layer({ x, ...place }, drop), start);
    scope.tap("encoder", memory);
    return memory;
  }

  function decode(memory: tf.Tensor, maps: Maps, { side, inputs, drop = keepAll }: Decoding): Prediction {
    const image = { x: tokens(maps), ...edges("search", side, inputs) };
    const y = decoderNorm(decoder(image, { x: memory, ...edges("template", config.template, inputs) }, drop));
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
  const edgeInputs = (...images: ImageName[]) =>
    images.flatMap((image) =>
      Object.entries(edgesOf(config, image)).map(([name, { shape }]) => float(name, [...shape])),
    );
  const memoryInput = (batch: number) => float("memory", [batch, cellsOf(config.template) ** 2, dim]);

  const inferences: Record<TrTrConfig["inference"], NonNullable<Network["infer"]>> = {
    tracked: {
      inputs: (batch) => [memoryInput(batch), searchInput(batch, config.search), ...edgeInputs("template", "search")],
      run: (inputs) => ({ ...decode(inputs.memory!, mapsOf(inputs.search!), { side: config.search, inputs }) }),
    },
    template: {
      inputs: (batch) => [templateInput(batch), ...edgeInputs("template")],
      run: (inputs) => ({ memory: encode(inputs) }),
    },
    pair: {
      inputs: (batch) => [templateInput(batch), searchInput(batch, config.search), ...edgeInputs("template", "search")],
      run: (inputs) => ({ ...decode(encode(inputs), mapsOf(inputs.search!), { side: config.search, inputs }) }),
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
        ...edgeInputs("template", "search"),
        ...responseInputs(config),
        ...averageInputs(config),
      ],
      run(inputs) {
        const maps = mapsOf(inputs.search!);
        const responses = config.online.layers.map((layer) => respond(layer, maps[layer], inputs));
        return Object.assign({ ...decode(inputs.memory!, maps, { side: config.search, inputs }) }, ...responses);
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
        const { search, heatmap, offset, size, learningRate, step } = inputs as Required<Tensors>;
        const loss = () => {
          const drop = dropping(inputs.dropout!, inputs.seeds!);
          const prediction = decode(encode(inputs, drop), mapsOf(search!), {
            side: config.trainSearch,
            inputs,
            drop,
          });
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
