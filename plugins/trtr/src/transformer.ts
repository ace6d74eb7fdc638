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

/** An image's tokens [B, N, dim], their positions [N, dim], and 1 for those that attention looks at, 0 for the others [N]. */
export interface Tokens {
  x: tf.Tensor;
  positions: tf.Tensor;
  inside?: tf.Tensor | undefined;
}

/**
 * Encoder layer (Vaswani et al., 2017, as in DETR: the norm after the sum, positions added to queries and keys only).
 * Tokens -> [B, N, dim]. Four dropouts.
 */
export function encoderLayer(scope: Scope, options: TransformerOptions) {
  const attention = multiHeadAttention(scope.at("self_attn"), options);
  const forward = feedForward(scope, options);
  const [norm1, norm2] = norms(scope, ["norm1", "norm2"], options);
  return ({ x, positions, inside }: Tokens, drop: Drop): tf.Tensor => {
    const q = tf.add(x, positions);
    const y = norm1!(tf.add(x, drop(attention(q, { keys: q, values: x, inside }, drop))));
    return norm2!(tf.add(y, drop(forward(y, drop))));
  };
}

/** Decoder layer: self-attention, attention to the memory, feed-forward. Tokens and memory -> [B, N, dim]. Six dropouts. */
export function decoderLayer(scope: Scope, options: TransformerOptions) {
  const selfAttention = multiHeadAttention(scope.at("self_attn"), options);
  const crossAttention = multiHeadAttention(scope.at("multihead_attn"), options);
  const forward = feedForward(scope, options);
  const [norm1, norm2, norm3] = norms(scope, ["norm1", "norm2", "norm3"], options);
  return ({ x, positions, inside }: Tokens, memory: Tokens, drop: Drop): tf.Tensor => {
    const q = tf.add(x, positions);
    const y = norm1!(tf.add(x, drop(selfAttention(q, { keys: q, values: x, inside }, drop))));
    const keys = tf.add(memory.x, memory.positions);
    const looked = crossAttention(tf.add(y, positions), { keys, values: memory.x, inside: memory.inside }, drop);
    const z = norm2!(tf.add(y, drop(looked)));
    return norm3!(tf.add(z, drop(forward(z, drop))));
  };
}

interface LookedAt {
  keys: tf.Tensor;
  values: tf.Tensor;
  inside: tf.Tensor | undefined;
}

/** PyTorch's nn.MultiheadAttention: `in_proj_weight` holds the projections of query, key and value one above the other. */
function multiHeadAttention(scope: Scope, { dim, heads }: TransformerOptions) {
  const weight = scope.parameter("in_proj_weight", [3 * dim, dim], glorotUniform);
  const bias = scope.parameter("in_proj_bias", [3 * dim], zeros);
  const project = linear(scope.at("out_proj"), dim, dim, { ...xavier, biasInitializer: zeros });
  return (query: tf.Tensor, { keys, values, inside }: LookedAt, drop: Drop): tf.Tensor => {
    const weights = tf.split(weight.value, 3);
    const biases = tf.split(bias.value, 3);
    const [q, k, v] = [query, keys, values].map((x, index) => {
      const rows = tf.matMul(tf.reshape(x, [-1, dim]), weights[index]!, false, true);
      return splitHeads(tf.reshape(tf.add(rows, biases[index]!), x.shape), heads);
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return project(mergeHeads(attend(q, k, v, (maps) => drop(inside ? maskKeys(maps, inside) : maps))));
  };
}

/** Attention [B, heads, queries, keys] that takes from the keys outside what it gave them: what minus infinity does before a softmax. */
function maskKeys(maps: tf.Tensor, inside: tf.Tensor): tf.Tensor {
  const kept = tf.mul(maps, inside);
  return tf.div(kept, tf.maximum(tf.sum(kept, -1, true), 1e-30));
}

function feedForward(scope: Scope, { dim, feedForward: hidden }: TransformerOptions) {
  const linear1 = linear(scope.at("linear1"), dim, hidden, xavier);
  const linear2 = linear(scope.at("linear2"), hidden, dim, xavier);
  return (x: tf.Tensor, drop: Drop): tf.Tensor => linear2(drop(tf.relu(linear1(x))));
}

function norms(scope: Scope, names: string[], { dim, normEpsilon: epsilon }: TransformerOptions): Layer[] {
  return names.map((name) => layerNorm(scope.at(name), dim, { epsilon }));
}
