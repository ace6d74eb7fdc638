import { tf } from "../tf.ts";

interface Sides {
  rows: [number, number];
  columns: [number, number];
}

/**
 * Stride-1 convolution with a dilated filter, NHWC by HWIO, with the gradient that TensorFlow.js lacks. Both gradients
 * are convolutions again, so that any derivative exists: by the image, dy with the turned filter, dilated alike; by the
 * filter, the image with dy as filter and the dilation as stride, channels in the place of the batch.
 */
export function dilatedConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, padding: Sides, dilation: number): tf.Tensor4D {
  const run = tf.customGrad((...args) => {
    const [image, weights, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([image, weights]);
    return {
      value: tf.conv2d(image, weights, 1, explicit(padding), "NHWC", dilation),
      gradFunc: (dy, saved) => {
        const [savedImage, savedWeights] = saved as [tf.Tensor4D, tf.Tensor4D];
        return [
          byImage(dy as tf.Tensor4D, savedWeights, padding, dilation),
          byFilter(savedImage, dy as tf.Tensor4D, padding, dilation),
        ];
      },
    };
  });
  return run(x, filter) as tf.Tensor4D;
}

function byImage(dy: tf.Tensor4D, filter: tf.Tensor4D, padding: Sides, dilation: number): tf.Tensor4D {
  const [height, width] = filter.shape;
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const rest = (sides: [number, number], size: number): [number, number] => [
    dilation * (size - 1) - sides[0],
    dilation * (size - 1) - sides[1],
  ];
  const around = { rows: rest(padding.rows, height), columns: rest(padding.columns, width) };
  return dilatedConv2d(dy, turned, around, dilation);
}

function byFilter(x: tf.Tensor4D, dy: tf.Tensor4D, padding: Sides, dilation: number): tf.Tensor4D {
  const channelsAsBatch = tf.transpose(x, [3, 1, 2, 0]);
  const dyAsFilter = tf.transpose(dy, [1, 2, 0, 3]);
  const taps = tf.conv2d(channelsAsBatch, dyAsFilter, dilation, explicit(padding));
  return tf.transpose(taps, [1, 2, 0, 3]);
}

const explicit = ({ rows, columns }: Sides): tf.backend_util.ExplicitPadding => [[0, 0], rows, columns, [0, 0]];
