import type { Scope, State } from "../scope.ts";
import { tf } from "../tf.ts";

/** Gradient of the total loss by parameter, in the parameter's own layout. */
export type Gradients = Map<State, tf.Tensor>;

/**
 * Runs `loss` and differentiates its `total` (a scalar) by `parameters`; other scalars that it returns come back beside.
 * Each gradient is tapped as `gradients/<parameter>`. May be nested: for second derivatives, or to update one network
 * inside the loss of another. State that `loss` assigns (running statistics, that network) outlives it; the derivative is
 * by what the parameters are at its end.
 * @throws when the total does not depend on one of the parameters
 */
export function gradients<Losses extends { total: tf.Tensor }>(
  loss: () => Losses,
  parameters: State[],
  scope: Scope,
): { losses: Losses; gradients: Gradients } {
  let losses: Losses | undefined;
  const { lossScaling } = scope;
  const values = parameters.map((parameter) => parameter.value);
  const forward = (): tf.Tensor => {
    losses = keepingState(loss, scope);
    // The forward pass is a tidy scope: what leaves it beside the total must be kept.
    const scaled = lossScaling?.scaled(losses.total) ?? losses.total;
    for (const value of Object.values(losses)) if (value !== scaled) tf.keep(value as tf.Tensor);
    // The engine reads what to differentiate by when the forward pass is over.
    for (const [index, parameter] of parameters.entries()) values[index] = parameter.value;
    return scaled;
  };
  const { grads } = tf.engine().gradients(forward, values, undefined, true);
  const left = parameters.find((_, index) => !grads[index]);
  if (left) throw new Error(`the loss does not depend on ${left.spec.name}: leave it out or freeze it`);
  const real = lossScaling?.unscaled(grads) ?? grads;
  for (const [index, { spec }] of parameters.entries()) scope.tap(`gradients/${spec.name}`, real[index]!);
  const byParameter = parameters.map((parameter, index) => [parameter, real[index]!] as const);
  return { losses: losses!, gradients: new Map(byParameter) };
}

/** The derivative of the sum of `f` by `x`, as a tensor that may be differentiated again. State that `f` assigns outlives it. */
export function slope(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, scope: Scope): tf.Tensor {
  return tf.grad((at: tf.Tensor) => keepingState(() => tf.sum(f(at)), scope))(x);
}

/** Runs `f` inside a tidy scope so that what it assigns to state is there afterwards. */
function keepingState<Result>(f: () => Result, scope: Scope): Result {
  const before = new Map(assigned(scope));
  const result = f();
  for (const [state, value] of assigned(scope)) if (before.get(state) !== value) tf.keep(value);
  return result;
}

function assigned(scope: Scope): [State, tf.Tensor][] {
  return scope.states().flatMap((state): [State, tf.Tensor][] => (state.assigned ? [[state, state.value]] : []));
}
