import { tf } from "@epochmark/plugin-kit";

/** What the heads give for every cell: heatmap logits [B, N, 1], offset and size after the sigmoid [B, N, 2]. */
export interface Prediction {
  pred_heatmap: tf.Tensor;
  pred_bbox_reg: tf.Tensor;
  pred_bbox_wh: tf.Tensor;
}

/** What they should give: heatmap [B, N], 1 at a target's centre and nowhere else; offset and size [B, 2] there. */
export interface Targets {
  heatmap: tf.Tensor;
  offset: tf.Tensor;
  size: tf.Tensor;
}

/**
 * TrTr's losses, all of weight 1, after CenterNet (Zhou et al., arXiv 1904.07850, section 3): `loss_hm`, `loss_bbox_reg`,
 * `loss_bbox_wh` and their sum `total`. Negative pairs (an empty heatmap) count in the heatmap's loss only.
 */
export function losses(prediction: Prediction, { heatmap, offset, size }: Targets) {
  const centre = tf.cast(tf.equal(heatmap, 1), "float32");
  const loss_hm = heatmapLoss(prediction.pred_heatmap, heatmap, centre);
  const loss_bbox_reg = centreLoss(prediction.pred_bbox_reg, offset, centre);
  const loss_bbox_wh = centreLoss(prediction.pred_bbox_wh, size, centre);
  return { total: tf.addN([loss_hm, loss_bbox_reg, loss_bbox_wh]), loss_hm, loss_bbox_reg, loss_bbox_wh };
}

/**
 * Focal loss -(1/B) (Σ_{Y=1} (1-p)² log p + Σ_{Y<1} (1-Y)⁴ p² log(1-p)), p clipped to [1e-4, 1 - 1e-4]. Divided by the
 * batch, negative pairs included, not by the number of targets.
 */
function heatmapLoss(logits: tf.Tensor, heatmap: tf.Tensor, centre: tf.Tensor): tf.Tensor {
  const p = tf.clipByValue(tf.sigmoid(tf.reshape(logits, heatmap.shape)), 1e-4, 1 - 1e-4);
  const q = tf.sub(1, p);
  const hits = tf.mul(centre, tf.mul(tf.square(q), tf.log(p)));
  // Zero at centres by itself: 1 - Y is zero there.
  const distance = tf.square(tf.square(tf.sub(1, heatmap)));
  const misses = tf.mul(distance, tf.mul(tf.square(p), tf.log(q)));
  return tf.div(tf.sum(tf.add(hits, misses)), -heatmap.shape[0]!);
}

/** Sum of absolute errors of both components at the centres, over max(1, number of centres). */
function centreLoss(predicted: tf.Tensor, wanted: tf.Tensor, centre: tf.Tensor): tf.Tensor {
  const atCentre = tf.sum(tf.mul(predicted, tf.expandDims(centre, -1)), 1);
  const positive = tf.sum(centre, 1, true);
  const error = tf.mul(tf.abs(tf.sub(atCentre, wanted)), positive);
  return tf.div(tf.sum(error), tf.maximum(tf.sum(positive), 1));
}
