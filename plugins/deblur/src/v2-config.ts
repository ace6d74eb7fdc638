import type { BuildRequest } from "@epochmark/plugin-kit";
import type { PyramidConfig } from "./fpn.ts";
import { type AdamConstants, adamConstants, type ImageSize, imageSizes, type Sides, wholeNumbers } from "./requests.ts";
import type { Schedule } from "./schedule.ts";
import { v2Schedules } from "./v2-recipes.ts";

/** `ragan-ls`: the paper's; `wgan-gp`: the official code's default; `mean-square`: the generator alone, for the mean of (restored - sharp)². */
export type V2Objective = (typeof objectives)[number];
const objectives = ["ragan-ls", "wgan-gp", "mean-square"] as const;

/** A DeblurGAN-v2 and how it is trained. */
export interface DeblurGanV2Config extends PyramidConfig {
  /** Sides of the images of inference and of the training crop: see `sidesOf`. */
  inferImage: ImageSize;
  trainImage: ImageSize;
  /** Size of a sharp image that inference has the discriminators judge, where one is asked for. */
  judgeSharp?: ImageSize;
  /** Whether inference reads all networks, as a file that lists the weights of all has it. */
  whole: boolean;
  /** Channels of the discriminators' and of the perceptual network's first layers. */
  discriminatorWidth: number;
  perceptualWidth: number;
  objective: V2Objective;
  /** The first epochs train the pyramid alone. */
  frozenBackbone: boolean;
  /** Largest length of the motion that blurs a made-up training pair, in pixels. */
  blurLength: number;
  optimizer: AdamConstants;
  schedule: Schedule;
}

/** Five halvings; and the coarsest map must be 2x2 for Inception's mirrored border, or to have statistics at all. */
export function sidesOf({ backbone }: PyramidConfig): Sides {
  return { multiple: 32, smallest: backbone === "inception-resnet-v2" ? 128 : 64 };
}

/** Settings that a request may change, with the official names and this project's. */
const adjustable = {
  num_filters: "headWidth",
  num_filters_fpn: "pyramidWidth",
  ndf: "discriminatorWidth",
  headWidth: "headWidth",
  pyramidWidth: "pyramidWidth",
  discriminatorWidth: "discriminatorWidth",
  perceptualWidth: "perceptualWidth",
  blurLength: "blurLength",
} as const;

const title = "DeblurGAN-v2";

/** The config that `request` asks for. @throws naming what cannot be built */
export function configureV2(config: DeblurGanV2Config, request: BuildRequest): DeblurGanV2Config {
  const { part, trainObjective = config.objective, shapes = {} } = request;
  const { frozenBackbone = config.frozenBackbone, schedule, ...numbers } = request.overrides ?? {};
  if (part) throw new Error(`${title} has no part "${part}": leave the part out`);
  const objective = objectives.find((name) => name === trainObjective);
  if (!objective)
    throw new Error(`${title} cannot train for "${trainObjective}": leave it out or say ${objectives.join(", ")}`);
  if (typeof frozenBackbone !== "boolean")
    throw new Error(`frozenBackbone must be true or false, not ${JSON.stringify(frozenBackbone)}`);
  const made: DeblurGanV2Config = {
    ...config,
    ...wholeNumbers(title, numbers, adjustable),
    objective,
    frozenBackbone,
    ...(schedule !== undefined && { schedule: scheduleNamed(schedule) }),
    ...imageSizes(request, smallestFor(config, shapes)),
    whole: objective !== "mean-square" && shapes["batch.blurred"] !== undefined,
    optimizer: adamConstants(title, config.optimizer, request.optimizer),
  };
  const { pyramidWidth, headWidth } = made;
  if (pyramidWidth !== 2 * headWidth || headWidth % 2)
    throw new Error(
      `the pyramid has ${pyramidWidth} channels, the heads ${headWidth}: say an even number and its half, also even`,
    );
  return made;
}

/** Several images share MobileNet's batch statistics, so that its coarsest map may be a single pixel; its instance norms see 2x2. */
function smallestFor(config: DeblurGanV2Config, shapes: Record<string, number[]>): Sides {
  const sides = sidesOf(config);
  const batches = Object.entries(shapes).flatMap(([name, [batch]]) => (name.endsWith("blurred") ? [batch ?? 1] : []));
  const shared = config.backbone === "mobilenet-v2" && batches.length > 0 && Math.min(...batches) > 1;
  return shared ? { ...sides, smallest: 32 } : sides;
}

function scheduleNamed(name: unknown): Schedule {
  if (typeof name === "string" && Object.hasOwn(v2Schedules, name))
    return v2Schedules[name as keyof typeof v2Schedules];
  throw new Error(`${title} has no schedule ${JSON.stringify(name)}: say ${Object.keys(v2Schedules).join(" or ")}`);
}
