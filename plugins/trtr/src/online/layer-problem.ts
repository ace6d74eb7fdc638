import { tf } from "@epochmark/plugin-kit";
import { conjugateGradient, inner, plus, type Vector } from "./conjugate-gradient.ts";
import { correlate, correlateByFilter, correlateByMaps } from "./correlate.ts";
import { mlu } from "./mlu.ts";

/** Weights of the filter's and the projection's own squared length in what is minimised. */
const regularization = { filter: 0.1, projection: 1e-4 };

/** What a layer's filter is to give: Gaussians [N, h, w] around the target, and how much each of the samples counts [N]. */
export interface Wanted {
  labels: tf.Tensor;
  weights: tf.Tensor;
}

/** Σ_n weight_n ‖response_n - label_n‖², linearised where the filter is now. */
function residual(response: tf.Tensor, { labels, weights }: Wanted) {
  const { value, slope } = mlu(response);
  const each = tf.reshape(weights, [-1, 1, 1]);
  const difference = tf.sub(value, labels);
  const loss = tf.sum(tf.mul(each, tf.square(difference)));
  // By the response: half the loss's gradient, and the weight of a change's square.
  return { loss, gradient: tf.mul(tf.mul(each, slope), difference), curvature: tf.mul(each, tf.square(slope)) };
}

export interface Fit {
  /** What was minimised, before. */
  loss: tf.Tensor;
  filter: tf.Tensor;
}

/**
 * The periodic update: one linearisation and `steps` conjugate gradients on the filter alone [k, k, channels], over
 * projected samples [N, h, w, channels]. Minimises Σ weight ‖mlu(sample ⋆ filter) - label‖² + 0.1 ‖filter‖².
 */
export function updateFilter(samples: tf.Tensor, filter: tf.Tensor, wanted: Wanted, steps: number): Fit {
  const size = filter.shape[0]!;
  const { loss, gradient, curvature } = residual(correlate(samples, filter), wanted);
  const backward = (responses: tf.Tensor, p: tf.Tensor) =>
    tf.add(correlateByFilter(samples, responses, size), tf.mul(p, regularization.filter));
  const [change] = conjugateGradient(
    {
      apply: ([p]) => [backward(tf.mul(curvature, correlate(samples, p!)), p!)],
      b: [tf.neg(backward(gradient, filter))],
      preconditioner: [1],
    },
    steps,
  );
  return { loss: tf.add(loss, penalty([filter], [regularization.filter])), filter: tf.add(filter, change!) };
}

/**
 * The first frame's fit of filter [k, k, channels] and projection [inputs, channels] together, over samples
 * [N, h, w, inputs]: so many Gauss-Newton steps, each of so many conjugate gradients on the linearised
 * Σ weight ‖mlu((sample projection) ⋆ filter) - label‖² + 0.1 ‖filter‖² + 1e-4 ‖projection‖².
 */
export function fitFirstFrame(
  samples: tf.Tensor,
  start: { filter: tf.Tensor; projection: tf.Tensor },
  wanted: Wanted,
  { newtonSteps, gradientSteps }: { newtonSteps: number; gradientSteps: number },
): Fit & { projection: tf.Tensor } {
  const [n, height, width, inputs] = samples.shape as [number, number, number, number];
  const size = start.filter.shape[0]!;
  const channels = start.projection.shape[1]!;
  const rows = tf.reshape(samples, [-1, inputs]);
  const project = (projection: tf.Tensor) => tf.reshape(tf.matMul(rows, projection), [n, height, width, channels]);
  const diagonal = [regularization.filter, regularization.projection];
  let x: Vector = [start.filter, start.projection];
  let first: tf.Tensor | undefined;
  for (let step = 0; step < newtonSteps; step++) {
    const [filter, projection] = x as [tf.Tensor, tf.Tensor];
    const projected = project(projection);
    const { loss, gradient, curvature } = residual(correlate(projected, filter), wanted);
    first ??= tf.add(loss, penalty(x, diagonal));
    const backward = (responses: tf.Tensor, p: Vector): Vector => {
      const byMaps = tf.reshape(correlateByMaps(filter, responses), [-1, channels]);
      const byProjection = tf.matMul(rows, byMaps, true);
      const data = [correlateByFilter(projected, responses, size), byProjection];
      return data.map((each, index) => tf.add(each, tf.mul(p[index]!, diagonal[index]!)));
    };
    const system = {
      apply: (p: Vector) => {
        const moved = tf.add(correlate(projected, p[0]!), correlate(project(p[1]!), filter));
        return backward(tf.mul(curvature, moved), p);
      },
      b: backward(gradient, x).map((each) => tf.neg(each)),
      preconditioner: diagonal,
    };
    x = plus(x, 1, conjugateGradient(system, gradientSteps));
  }
  const [filter, projection] = x as [tf.Tensor, tf.Tensor];
  return { loss: first!, filter, projection };
}

function penalty(x: Vector, weights: readonly number[]): tf.Tensor {
  return tf.addN(x.map((each, index) => tf.mul(inner([each], [each]), weights[index]!)));
}
