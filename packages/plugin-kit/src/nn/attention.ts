import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { type LinearOptions, linear } from "./linear.ts";

export interface AttentionOptions extends LinearOptions {
  heads: number;
}

/** Works on attention maps [B, heads, queries, keys] after the softmax, as DeepViT's Re-Attention does. */
export type MapTransform = (maps: tf.Tensor) => tf.Tensor;

/** Multi-head self-attention: [B, N, dim] -> [B, N, dim]. Layers `qkv` (fused, dim -> 3 dim) and `proj`, scale headDim^-0.5. */
export function selfAttention(scope: Scope, dim: number, options: AttentionOptions) {
  const { heads } = options;
  const qkv = linear(scope.at("qkv"), dim, 3 * dim, options);
  const proj = linear(scope.at("proj"), dim, dim, options);
  return (x: tf.Tensor, transformMaps?: MapTransform): tf.Tensor => {
    const [q, k, v] = tf.split(qkv(x), 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const split = [q, k, v].map((part) => splitHeads(part, heads)) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return proj(mergeHeads(attend(...split, transformMaps)));
  };
}

/** softmax(q kᵀ / sqrt(d)) v for q [B, heads, Nq, d] and k, v [B, heads, Nk, d]. */
export function attend(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  transformMaps: MapTransform = (maps) => maps,
): tf.Tensor {
  const scale = q.shape.at(-1)! ** -0.5;
  const maps = transformMaps(tf.softmax(tf.matMul(tf.mul(q, scale), k, false, true)));
  return tf.matMul(maps, v);
}

/** [B, N, dim] -> [B, heads, N, dim / heads]. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, tokens, dim] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, dim / heads]), [0, 2, 1, 3]);
}

/** [B, heads, N, d] -> [B, N, heads d]. */
export function mergeHeads(x: tf.Tensor): tf.Tensor {
  const [batch, heads, tokens, dim] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * dim]);
}
