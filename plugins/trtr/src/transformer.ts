import { type Scope, tf } from "@epochmark/plugin-kit";
import {
  attend,
  glorotUniform,
  type Layer,
  layerNorm,
  linear,
  mergeHeads,
  splitHeads,
  zeros,
} from "@epochmark/plugin-kit/nn";

export interface TransformerOptions {
  dim: number;
  heads: number;
  feedForward: number;
  normEpsilon: number;
}

/** Drops elements of x; called once for each place that has dropout, in the order of the forward pass. */
export type Drop = Layer;

const xavier = { weightInitializer: glorotUniform };

/**
 * Encoder layer (Vaswani et al., 2017, as in DETR: the norm after the sum, positions added to queries and keys only).
 * x [B, N, dim], positions [N, dim] -> [B, N, dim]. Four dropouts.
 */
export function encoderLayer(scope: Scope, options: TransformerOptions) {
  const attention = multiHeadAttention(scope.at("self_attn"), options);
  const forward = feedForward(scope, options);
  const [norm1, norm2] = norms(scope, ["norm1", "norm2"], options);
  return (x: tf.Tensor, positions: tf.Tensor, drop: Drop): tf.Tensor => {
    const q = tf.add(x, positions);
    const y = norm1!(tf.add(x, drop(attention(q, q, x, drop))));
    return norm2!(tf.add(y, drop(forward(y, drop))));
  };
}

/** A side of cross-attention: tokens [B, N, dim] and their positions [N, dim]. */
export interface Tokens {
  x: tf.Tensor;
  positions: tf.Tensor;
}

/** Decoder layer: self-attention, attention to the memory, feed-forward. Tokens and memory -> [B, N, dim]. Six dropouts. */
export function decoderLayer(scope: Scope, options: TransformerOptions) {
  const selfAttention = multiHeadAttention(scope.at("self_attn"), options);
  const crossAttention = multiHeadAttention(scope.at("multihead_attn"), options);
  const forward = feedForward(scope, options);
  const [norm1, norm2, norm3] = norms(scope, ["norm1", "norm2", "norm3"], options);
  return ({ x, positions }: Tokens, memory: Tokens, drop: Drop): tf.Tensor => {
    const q = tf.add(x, positions);
    const y = norm1!(tf.add(x, drop(selfAttention(q, q, x, drop))));
    const keys = tf.add(memory.x, memory.positions);
    const z = norm2!(tf.add(y, drop(crossAttention(tf.add(y, positions), keys, memory.x, drop))));
    return norm3!(tf.add(z, drop(forward(z, drop))));
  };
}

/** PyTorch's nn.MultiheadAttention: `in_proj_weight` holds the projections of query, key and value one above the other. */
function multiHeadAttention(scope: Scope, { dim, heads }: TransformerOptions) {
  const weight = scope.parameter("in_proj_weight", [3 * dim, dim], glorotUniform);
  const bias = scope.parameter("in_proj_bias", [3 * dim], zeros);
  const project = linear(scope.at("out_proj"), dim, dim, { ...xavier, biasInitializer: zeros });
  return (query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, drop: Drop): tf.Tensor => {
    const weights = tf.split(weight.value, 3);
    const biases = tf.split(bias.value, 3);
    const [q, k, v] = [query, key, value].map((x, index) => {
      const rows = tf.matMul(tf.reshape(x, [-1, dim]), weights[index]!, false, true);
      return splitHeads(tf.reshape(tf.add(rows, biases[index]!), x.shape), heads);
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return project(mergeHeads(attend(q, k, v, drop)));
  };
}

function feedForward(scope: Scope, { dim, feedForward: hidden }: TransformerOptions) {
  const linear1 = linear(scope.at("linear1"), dim, hidden, xavier);
  const linear2 = linear(scope.at("linear2"), hidden, dim, xavier);
  return (x: tf.Tensor, drop: Drop): tf.Tensor => linear2(drop(tf.relu(linear1(x))));
}

function norms(scope: Scope, names: string[], { dim, normEpsilon: epsilon }: TransformerOptions): Layer[] {
  return names.map((name) => layerNorm(scope.at(name), dim, { epsilon }));
}
