import { type Network, type PhaseFunction, type Scope, type Tensors, type TensorSpec, tf } from "@epochmark/plugin-kit";
import {
  adam,
  avgPool2d,
  dropout,
  gradients,
  meanAbsoluteError,
  meanSquaredError,
  resizeBilinear,
  toNchw,
  toNhwc,
} from "@epochmark/plugin-kit/nn";
import type { DeepLensConfig, ImageSize } from "./config.ts";
import { depthNetwork } from "./depth.ts";
import { lensBlur } from "./lensblur.ts";
import { labelledError, sigmoidCrossEntropy, squaredWeights, unitRange } from "./losses.ts";
import { guidedUpsampling, resizeTo } from "./sr.ts";
import { show } from "./layers.ts";

/**
 * DeepLens (Wang et al., SIGGRAPH Asia 2018): a photograph with a shallow depth of field from one that is sharp
 * everywhere. Parameters carry the released checkpoint's names, filters as [out, in, height, width]. Images are NCHW, in
 * [0, 1], channels blue, green, red, as the released code has them. A signed depth is (inverse depth - that in focus) · aperture.
 *
 * How it was trained is not published: losses and optimizer are this project's proposals. The `depth` part is the first
 * stage; `pipeline` trains the second, lens blur and guided upsampling together with given depth, and infers with all three.
 */
export function deepLens(scope: Scope, config: DeepLensConfig): Network {
  const network = scope.named({ separator: "/" }).at("Network").at("Network");
  return phases[config.part](scope, network, config);
}

const phases = { depth: depthPart, lensblur: lensBlurPart, sr: upsamplingPart, pipeline };

function depthPart(scope: Scope, network: Scope, config: DeepLensConfig): Network {
  const estimate = depthNetwork(network.at("Depth"), config);
  const { depthSide: side, segmentation, objective } = config;
  const plane = (name: string, batch: number) => float(name, [batch, 1, side, side]);
  const image = (batch: number) => float("image", [batch, 3, side, side]);
  return {
    infer: {
      inputs: (batch) => [image(batch)],
      run(inputs) {
        const { depth, segmentation: mask } = estimate(toNhwc(inputs.image!), "stored");
        return {
          prediction: toNchw(depth),
          normalised: toNchw(unitRange(depth)),
          ...(mask && { foreground: toNchw(tf.sigmoid(mask)) }),
        };
      },
    },
    train: {
      inputs: (batch) => [
        image(batch),
        plane("target", batch),
        float("hasDepth", [batch]),
        ...(segmentation ? [plane("mask", batch), float("hasMask", [batch])] : []),
        float("dropout", []),
        { name: "seeds", shape: [segmentation ? 2 : 1], dtype: "int32" },
        ...progress,
      ],
      run: trainStep(scope, network, config, (inputs) => {
        const seeds = tf.unstack(inputs.seeds!);
        const drop = (x: tf.Tensor, head: number) => dropout(x, inputs.dropout!, seeds[head]!);
        const predicted = estimate(toNhwc(inputs.image!), "train", drop);
        const off = tf.sub(unitRange(predicted.depth), toNhwc(inputs.target!));
        const depth = labelledError(objective === "paper" ? tf.abs(off) : tf.square(off), inputs.hasDepth!);
        if (!predicted.segmentation) return { total: depth };
        const misses = sigmoidCrossEntropy(predicted.segmentation, toNhwc(inputs.mask!));
        const foreground = labelledError(misses, inputs.hasMask!);
        return { total: tf.add(depth, foreground), depth, foreground };
      }),
    },
  };
}

function lensBlurPart(scope: Scope, network: Scope, config: DeepLensConfig): Network {
  const blur = lensBlur(network, config);
  const given = ([size]: readonly ImageSize[], batch: number) => [
    float("image", [batch, 3, ...size!]),
    float("depth", [batch, 1, ...size!]),
  ];
  return {
    infer: {
      inputs: (batch) => given(config.infer, batch),
      run: ({ image, depth }) => ({ dof: toNchw(blur(toNhwc(image!), toNhwc(depth!), "stored")) }),
    },
    train: {
      inputs: (batch) => [...given(config.train, batch), float("target", [batch, 3, ...config.train[0]!]), ...progress],
      run: trainStep(scope, network, config, ({ image, depth, target }) => ({
        total: error(config, blur(toNhwc(image!), toNhwc(depth!), "train"), target!),
      })),
    },
  };
}

function upsamplingPart(scope: Scope, network: Scope, config: DeepLensConfig): Network {
  const upsample = guidedUpsampling(network.at("SR"), config);
  const given = ([low, high]: readonly ImageSize[], batch: number) => [
    float("low", [batch, 3, ...low!]),
    float("dof", [batch, 3, ...low!]),
    float("depth", [batch, 1, ...low!]),
    float("high", [batch, 3, ...high!]),
  ];
  const enlarge = ({ low, dof, depth, high }: Tensors) =>
    upsample({ low: toNhwc(low!), dof: toNhwc(dof!), depth: toNhwc(depth!), high: toNhwc(high!) });
  return {
    infer: {
      inputs: (batch) => given(config.infer, batch),
      run: (inputs) => ({ dofHigh: toNchw(enlarge(inputs)) }),
    },
    train: {
      inputs: (batch) => [...given(config.train, batch), float("target", [batch, 3, ...config.train[1]!]), ...progress],
      run: trainStep(scope, network, config, (inputs) => ({ total: error(config, enlarge(inputs), inputs.target!) })),
    },
  };
}

/** All three networks. Training leaves the depth network as it is. */
function pipeline(scope: Scope, network: Scope, config: DeepLensConfig): Network {
  const estimate = depthNetwork(network.at("Depth"), { ...config, segmentation: false });
  const fixed = new Set(scope.states());
  const blur = lensBlur(network, config);
  const upsample = guidedUpsampling(network.at("SR"), config);

  /** The image with shallow depth of field at every level: blurred at the lowest, enlarged level by level. */
  function refocus(levels: readonly tf.Tensor[], signedDepth: tf.Tensor, mode: "train" | "stored"): tf.Tensor[] {
    const results = [blur(levels[0]!, signedDepth, mode)];
    for (const [index, high] of levels.slice(1).entries()) {
      const low = levels[index]!;
      results.push(upsample({ low, dof: results.at(-1)!, depth: resizeTo(low, signedDepth), high }));
    }
    return results;
  }

  return {
    infer: {
      inputs: (batch) => [
        float("image", [batch, 3, ...config.infer.at(-1)!]),
        ...(config.focus
          ? []
          : [{ name: "focalPoint", shape: [batch, 2], dtype: "int32" as const }, float("aperture", [batch])]),
      ],
      run(inputs) {
        const levels = [toNhwc(inputs.image!)];
        while (levels.length < config.infer.length) levels.unshift(avgPool2d(levels[0]!, { kernel: 2 }));
        const low = show(scope, "low", levels[0]!);
        const side = config.depthSide;
        const raw = estimate(resizeBilinear(low, [side, side], "legacy"), "stored").depth;
        const depth = unitRange(resizeTo(low, show(scope, "rawDepth", raw)));
        const { point, aperture } = focusOn(config, inputs);
        const signedDepth = show(scope, "signedDepth", tf.mul(tf.sub(depth, at(depth, point)), aperture));
        const results = refocus(levels, signedDepth, "stored");
        const named = results.map((dof, index) => [`dof${index}`, toNchw(dof)] as const);
        return { depth: toNchw(depth), ...Object.fromEntries(named) };
      },
    },
    train: {
      inputs: (batch) => [
        ...config.levels.map((name, index) => float(name, [batch, 3, ...config.train[index]!])),
        float("depth", [batch, 1, ...config.train[0]!]),
        ...config.levels.map((name, index) => float(targetOf(name), [batch, 3, ...config.train[index]!])),
        ...progress,
      ],
      run: trainStep(
        scope,
        network,
        config,
        (inputs) => {
          const levels = config.levels.map((name) => toNhwc(inputs[name]!));
          const results = refocus(levels, toNhwc(inputs.depth!), "train");
          const errors = config.levels.map((name, index): [string, tf.Tensor] => [
            name,
            error(config, results[index]!, inputs[targetOf(name)]!),
          ]);
          return { total: tf.addN(errors.map(([, value]) => value)), ...Object.fromEntries(errors) };
        },
        fixed,
      ),
    },
  };
}

/** `targetLow`, `targetMid`, `targetHigh`. */
export function targetOf(name: string): string {
  return `target${name[0]!.toUpperCase()}${name.slice(1)}`;
}

/** One update by Adam of what the network has, less what is `fixed`; the L2 penalty of the weights is added to `total`. */
function trainStep(
  scope: Scope,
  network: Scope,
  { weightDecay, optimizer }: DeepLensConfig,
  losses: (inputs: Tensors) => { total: tf.Tensor },
  fixed: ReadonlySet<unknown> = new Set(),
): PhaseFunction["run"] {
  const parameters = network.trainable().filter((parameter) => !fixed.has(parameter));
  const update = adam(scope, parameters, optimizer);
  return (inputs) => {
    const loss = () => {
      const values = losses(inputs);
      if (weightDecay === 0) return values;
      const penalty = tf.mul(squaredWeights(parameters), weightDecay);
      return { ...values, total: tf.add(values.total, penalty), penalty };
    };
    const result = gradients(loss, parameters, scope);
    update(result.gradients, { learningRate: inputs.learningRate!, step: inputs.step! });
    return result.losses;
  };
}

function error({ objective }: DeepLensConfig, found: tf.Tensor, expected: tf.Tensor): tf.Tensor {
  return (objective === "paper" ? meanAbsoluteError : meanSquaredError)(found, toNhwc(expected));
}

/** Focal point [B, 2] and aperture [B, 1, 1, 1] of each image, from the inputs or from the config. */
function focusOn({ focus }: DeepLensConfig, { image, focalPoint, aperture }: Tensors) {
  const batch = image!.shape[0]!;
  return {
    point: focus ? tf.tensor2d(Array(batch).fill([...focus.point]), [batch, 2], "int32") : focalPoint!,
    aperture: focus ? tf.scalar(focus.aperture) : tf.reshape(aperture!, [batch, 1, 1, 1]),
  };
}

/** The value of each image [B, H, W, 1] at its point (x, y): [B, 1, 1, 1]. */
function at(x: tf.Tensor, points: tf.Tensor): tf.Tensor {
  const [batch, height, width] = x.shape as [number, number, number];
  const [column, row] = tf.unstack(points, 1);
  const first = tf.tensor1d(
    Array.from({ length: batch }, (_, index) => index * height * width),
    "int32",
  );
  const index = tf.add(first, tf.add(tf.mul(row!, tf.scalar(width, "int32")), column!));
  return tf.reshape(tf.gather(tf.reshape(x, [-1]), index), [batch, 1, 1, 1]);
}

const progress: TensorSpec[] = [float("learningRate", []), float("step", [])];

function float(name: string, shape: number[]): TensorSpec {
  return { name, shape, dtype: "float32" };
}
