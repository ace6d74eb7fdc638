import { tf } from "@epochmark/plugin-kit";

/**
 * Response of a filter [k, k, channels] at every cell of maps [N, h, w, channels] -> [N, h, w]: correlation with k / 2
 * zeros around; the row and the column that an even k adds at the end are cut off. A response's cell i lies at the upper
 * left corner of the maps' cell i.
 */
export function correlate(maps: tf.Tensor, filter: tf.Tensor): tf.Tensor {
  const [n, height, width] = maps.shape as [number, number, number];
  const weights = tf.expandDims(filter, 3) as tf.Tensor4D;
  const all = tf.conv2d(maps as tf.Tensor4D, weights, 1, padding(filter.shape[0]!));
  return tf.reshape(tf.slice(all, [0, 0, 0, 0], [n, height, width, 1]), [n, height, width]);
}

/** Transpose of `correlate` by the filter: what changes of the responses [N, h, w] ask of it, [size, size, channels]. */
export function correlateByFilter(maps: tf.Tensor, responses: tf.Tensor, size: number): tf.Tensor {
  const channels = maps.shape[3]!;
  const gradient = tf
    .engine()
    .runKernel<tf.Tensor>(
      "Conv2DBackpropFilter",
      { x: maps, dy: uncut(responses, size) },
      { ...geometry(size), filterShape: [size, size, channels, 1] },
    );
  return tf.reshape(gradient, [size, size, channels]);
}

/** Transpose of `correlate` by the maps: [N, h, w, channels]. */
export function correlateByMaps(filter: tf.Tensor, responses: tf.Tensor): tf.Tensor {
  const [n, height, width] = responses.shape as [number, number, number];
  const [size, , channels] = filter.shape as [number, number, number];
  return tf
    .engine()
    .runKernel<tf.Tensor>(
      "Conv2DBackpropInput",
      { dy: uncut(responses, size), filter: tf.expandDims(filter, 3) },
      { ...geometry(size), inputShape: [n, height, width, channels] },
    );
}

/** Zeros where `correlate` cuts off. */
function uncut(responses: tf.Tensor, size: number): tf.Tensor {
  const more = 1 - (size % 2);
  const padded = tf.pad(responses as tf.Tensor3D, [
    [0, 0],
    [0, more],
    [0, more],
  ]);
  return tf.expandDims(padded, 3);
}

function padding(size: number): tf.backend_util.ExplicitPadding {
  const half = Math.floor(size / 2);
  return [
    [0, 0],
    [half, half],
    [half, half],
    [0, 0],
  ];
}

const geometry = (size: number) => ({ strides: 1, pad: padding(size), dataFormat: "NHWC" });
