import { type Scope, tf } from "@epochmark/plugin-kit";
import type { NormMode } from "@epochmark/plugin-kit/nn";
import { gradientPenalty } from "./gradient-penalty.ts";
import { patchCritic } from "./patch-critic.ts";
import { scorePool } from "./score-pool.ts";
import type { V2Objective } from "./v2-config.ts";

const penaltyWeight = 10;

/** A discriminator and the two sides of its game. All images are NHWC. */
export interface Judge {
  name: string;
  /** One score a patch. */
  scores(x: tf.Tensor, mode: NormMode): tf.Tensor;
  /** What its update lowers; fills the pools. */
  loss(fake: tf.Tensor, real: tf.Tensor, alpha?: tf.Tensor): tf.Tensor;
  /** What the generator lowers; the pools stay as the last update left them. */
  deceived(fake: tf.Tensor, real: tf.Tensor, mode: NormMode): tf.Tensor;
}

/**
 * RaGAN-LS (section 3.2 of the paper): scores of sharp images should lie 1 above the mean of restored ones, and these 1 below the
 * mean of sharp ones, means over a pool of the last maps; the generator wants the opposite. Or WGAN-GP, the official code's default.
 */
export function judge(
  scope: Scope,
  name: string,
  { objective, ...shape }: { width: number; layers: number; objective: V2Objective },
): Judge {
  const critic = patchCritic(scope.at(name), { ...shape, tracked: true });
  const scores = (x: tf.Tensor, mode: NormMode) => critic(x, mode).at(-1)!;
  if (objective === "wgan-gp")
    return {
      name,
      scores,
      loss(fake, real, alpha) {
        const wasserstein = tf.sub(tf.mean(scores(fake, "train")), tf.mean(scores(real, "train")));
        const penalty = gradientPenalty((x) => scores(x, "train"), real, fake, alpha!, scope);
        return tf.add(wasserstein, tf.mul(penalty, penaltyWeight));
      },
      deceived: (fake, _, mode) => tf.neg(tf.mean(scores(fake, mode))),
    };
  const pools = { fake: scorePool(scope.at(`pools.${name}.fake`)), real: scorePool(scope.at(`pools.${name}.real`)) };
  /** Mean squares of how far real scores are from `margin` above the fakes' mean, fake ones from `margin` below the reals'. */
  const apart = (fake: tf.Tensor, real: tf.Tensor, margin: 1 | -1) => {
    const byReal = tf.mean(tf.square(tf.sub(tf.sub(real, pools.fake.mean()), margin)));
    const byFake = tf.mean(tf.square(tf.add(tf.sub(fake, pools.real.mean()), margin)));
    return tf.mul(tf.add(byReal, byFake), 0.5);
  };
  return {
    name,
    scores,
    loss(fake, real) {
      const [f, r] = [scores(fake, "train"), scores(real, "train")];
      pools.fake.add(f);
      pools.real.add(r);
      return apart(f, r, 1);
    },
    deceived(fake, real, mode) {
      const f = scores(fake, mode);
      return apart(f, scores(real, mode), -1);
    },
  };
}
