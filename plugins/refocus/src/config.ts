import type { BuildRequest } from "@epochmark/plugin-kit";

export type ImageSize = readonly [height: number, width: number];

/** Which networks: the depth network; lens blur; one guided enlargement; or all, from photograph to refocused photograph. */
type Part = "depth" | "lensblur" | "sr" | "pipeline";
const parts: readonly Part[] = ["depth", "lensblur", "sr", "pipeline"];

/** A DeepLens, the part of it that runs, and how that is trained. */
export interface DeepLensConfig {
  part: Part;
  /** Side of the depth network's image: 320 officially, a multiple of 64. */
  depthSide: number;
  /** Image sizes that inference and the training crop go through, from low to high; `depth` takes none. */
  infer: readonly ImageSize[];
  train: readonly ImageSize[];
  /** What the pipeline's training levels are called, as many as `train` has. */
  levels: readonly LevelName[];
  /** Of the pipeline: column and row in pixels of the lowest level, and aperture in [0, 1]. Absent: inputs of each image. */
  focus?: Focus;
  /** Channels of the depth and the kernel network's first layers. */
  width: number;
  /** Bottlenecks of the depth network's stages. */
  blocks: readonly [number, number, number];
  /** Channels of the guided upsampling's first layer. */
  upsamplingWidth: number;
  /** Channels of the feature stacks. */
  features: readonly [wide: number, narrow: number];
  /** Whether the depth network has a second head, for the foreground: this project's proposal. */
  segmentation: boolean;
  /** Rate in training the depth network. */
  dropout: number;
  objective: "paper" | "mean-square";
  /** Weight of ½‖w‖² of every convolution in the loss. */
  weightDecay: number;
  optimizer: { beta1: number; beta2: number; epsilon: number };
  learningRate: number;
  /** Largest radius of the blur of a made-up training pair, in pixels of the lowest level. */
  blurRadius: number;
}

interface Focus {
  point: readonly [x: number, y: number];
  aperture: number;
}

const settings = ["scale", "focalPoint", "aperture", "segmentation"] as const;

/** From low to high, as the golden files call them; of two levels the upper one may be `mid` or `high`. */
const levelNames = ["low", "mid", "high"] as const;
type LevelName = (typeof levelNames)[number];

/** The config that `request` asks for. @throws naming what cannot be built */
export function configure(config: DeepLensConfig, request: BuildRequest): DeepLensConfig {
  const { part = config.part, trainObjective, overrides = {}, shapes = {}, optimizer } = request;
  if (!isPart(part)) throw new Error(`DeepLens has no part "${part}" (it has ${parts.join(", ")})`);
  if (trainObjective !== undefined && trainObjective !== "mean-square")
    throw new Error(
      `DeepLens cannot train for "${trainObjective}": leave it out for absolute errors, or say mean-square`,
    );
  const unknown = Object.keys(overrides).find((name) => !settings.includes(name as never));
  if (unknown) throw new Error(`DeepLens has no setting "${unknown}" (it has ${settings.join(", ")})`);
  const { scale, segmentation = config.segmentation } = overrides;
  if (typeof segmentation !== "boolean")
    throw new Error(`segmentation must be true or false, not ${JSON.stringify(segmentation)}`);
  const found = sizes(part, shapes, scale, config);
  const focus = focusOf(part, overrides, shapes, found.infer);
  return {
    ...config,
    part,
    ...found,
    ...(focus && { focus }),
    segmentation,
    objective: trainObjective ?? config.objective,
    ...(optimizer && optimizerFor(config, optimizer)),
  };
}

const isPart = (word: string): word is Part => (parts as readonly string[]).includes(word);

/** As many halvings as the authors' demonstration makes: none below 640 pixels, one below 1280, else two. */
function officialScale([height, width]: ImageSize): number {
  const long = Math.max(height, width);
  return long >= 1280 ? 4 : long >= 640 ? 2 : 1;
}

function sizes(
  part: Part,
  shapes: Record<string, number[]>,
  scale: unknown,
  config: DeepLensConfig,
): Pick<DeepLensConfig, "infer" | "train"> & Partial<Pick<DeepLensConfig, "levels">> {
  const { depthSide } = config;
  const size = (name: string): ImageSize | undefined => (shapes[name] ? imageSize(name, shapes[name]) : undefined);
  const only = (found: ImageSize | undefined, [lowest]: readonly ImageSize[]): ImageSize[] => [found ?? lowest!];
  const [image, trained] = [size("image"), size("batch.image")];
  switch (part) {
    case "depth": {
      const odd = [image, trained].find((found) => found?.some((side) => side !== depthSide));
      if (odd) throw new Error(`the depth network takes ${depthSide}x${depthSide} pixels, not ${odd[0]}x${odd[1]}`);
      return { infer: [], train: [] };
    }
    case "lensblur":
      return { infer: only(image, config.infer), train: only(trained, config.train) };
    case "sr": {
      const pair = (prefix: string): ImageSize[] | undefined => {
        const [low, high] = [size(`${prefix}low`), size(`${prefix}high`)];
        return low && high && [low, high];
      };
      return { infer: pair("") ?? config.infer.slice(0, 2), train: pair("batch.") ?? config.train.slice(0, 2) };
    }
    case "pipeline": {
      const top = image ?? config.infer.at(-1)!;
      const halvings = image || scale !== undefined ? halvingsOf(scale ?? officialScale(top)) : config.infer.length - 1;
      const levels = levelNames.filter((name) => shapes[`batch.${name}`]);
      const train = levels.map((name) => size(`batch.${name}`)!);
      return { infer: pyramid(top, halvings), ...(levels.length > 0 ? { levels, train } : { train: config.train }) };
    }
  }
}

function halvingsOf(scale: unknown): number {
  const halvings = Math.log2(scale as number);
  if (Number.isInteger(halvings) && halvings >= 0) return halvings;
  throw new Error(`scale must be 1, 2 or 4, how often the lowest level is halved, not ${JSON.stringify(scale)}`);
}

/** The sizes of an image and of its 2x2 means, from low to high. */
function pyramid([height, width]: ImageSize, halvings: number): ImageSize[] {
  const levels = Array.from({ length: halvings + 1 }, (_, index): ImageSize => {
    const factor = 2 ** (halvings - index);
    return [Math.floor(height / factor), Math.floor(width / factor)];
  });
  return levels.map(([rows, columns]) => {
    if (Math.min(rows, columns) >= smallest) return [rows, columns];
    throw new Error(`an image of ${height}x${width} is too small: its lowest level would be ${rows}x${columns}`);
  });
}

/** Below this the mirrored borders of the 5x5 convolutions would reach beyond the image. */
const smallest = 2;

function imageSize(name: string, shape: number[]): ImageSize {
  const [, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 3 || !height || !width)
    throw new Error(`${name} should be [batch, 3, height, width], not [${shape.join(", ")}]`);
  if (Math.min(height, width) < smallest) throw new Error(`${name}: ${height}x${width} is too small`);
  return [height, width];
}

/** Given, or its default where the request's inputs leave it out: the middle of the image, wide open. */
function focusOf(
  part: Part,
  { focalPoint, aperture }: Record<string, unknown>,
  shapes: Record<string, number[]>,
  [lowest]: readonly ImageSize[],
): Focus | undefined {
  const asked = focalPoint !== undefined || aperture !== undefined || (shapes.image && !shapes.focalPoint);
  if (part !== "pipeline" || !asked || !lowest) return undefined;
  const [height, width] = lowest;
  const point = (focalPoint ?? [Math.floor(width / 2), Math.floor(height / 2)]) as readonly [number, number];
  const inside = (value: unknown, size: number) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) < size;
  if (!Array.isArray(point) || point.length !== 2 || !inside(point[0], width) || !inside(point[1], height))
    throw new Error(
      `focalPoint must be [x, y] inside the lowest level, ${width}x${height}, not ${JSON.stringify(point)}`,
    );
  const wide = aperture ?? 1;
  if (typeof wide !== "number" || !Number.isFinite(wide))
    throw new Error(`aperture must be a number, not ${JSON.stringify(aperture)}`);
  return { point: [point[0]!, point[1]!], aperture: wide };
}

function optimizerFor(
  config: DeepLensConfig,
  { name = "Adam", betas = [], epsilon, weightDecay }: Record<string, unknown>,
): Pick<DeepLensConfig, "optimizer" | "weightDecay"> {
  if (name !== "Adam") throw new Error(`DeepLens is trained with Adam here, not ${name}`);
  const [beta1, beta2] = betas as number[];
  const { optimizer } = config;
  return {
    optimizer: {
      beta1: beta1 ?? optimizer.beta1,
      beta2: beta2 ?? optimizer.beta2,
      epsilon: (epsilon as number | undefined) ?? optimizer.epsilon,
    },
    weightDecay: (weightDecay as number | undefined) ?? config.weightDecay,
  };
}
