import { tf } from "@epochmark/plugin-kit";

/** The unknowns of a linear system, in several tensors. */
export type Vector = readonly tf.Tensor[];

export interface LinearSystem {
  /** x -> A x, A symmetric and positive definite. */
  apply(x: Vector): Vector;
  b: Vector;
  /** Divides each tensor of the residual: a diagonal close to A's, constant in each tensor. */
  preconditioner: readonly number[];
}

/** Keeps 0 / 0, once the residual is zero, at zero. */
const tiny = 1e-30;

/**
 * So many steps of preconditioned conjugate gradients from zero towards A x = b, directions by Polak and Ribière
 * (restarted where their coefficient is negative), as ATOM's optimizer has it. Always all steps: one trace is the program.
 */
export function conjugateGradient({ apply, b, preconditioner }: LinearSystem, steps: number): Vector {
  const precondition = (r: Vector): Vector => r.map((each, index) => tf.div(each, preconditioner[index]!));
  let x: Vector = b.map((each) => tf.zerosLike(each));
  let r = b;
  let z = precondition(r);
  let p = z;
  let rho = inner(r, z);
  for (let step = 1; ; step++) {
    const q = apply(p);
    const alpha = tf.div(rho, tf.maximum(inner(p, q), tiny));
    x = plus(x, alpha, p);
    if (step === steps) return x;
    const before = r;
    r = plus(r, tf.neg(alpha), q);
    z = precondition(r);
    const next = inner(r, z);
    const beta = tf.maximum(tf.div(tf.sub(next, inner(before, z)), tf.maximum(rho, tiny)), 0);
    p = plus(z, beta, p);
    rho = next;
  }
}

/** a + factor b */
export function plus(a: Vector, factor: tf.Tensor | number, b: Vector): Vector {
  return a.map((each, index) => tf.add(each, tf.mul(b[index]!, factor)));
}

export function inner(a: Vector, b: Vector): tf.Tensor {
  return tf.addN(a.map((each, index) => tf.sum(tf.mul(each, b[index]!))));
}
