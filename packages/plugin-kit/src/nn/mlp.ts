import type { Scope } from "../scope.ts";
import { gelu } from "./gelu.ts";
import type { Layer } from "./layer.ts";
import { type LinearOptions, linear } from "./linear.ts";

/** Two linear layers with an activation (exact GELU) between: [..., dim] -> [..., dim]. Layers `fc1` and `fc2`. */
export function mlp(
  scope: Scope,
  dim: number,
  hidden: number,
  options: LinearOptions & { activation?: Layer } = {},
): Layer {
  const fc1 = linear(scope.at("fc1"), dim, hidden, options);
  const fc2 = linear(scope.at("fc2"), hidden, dim, options);
  const activation = options.activation ?? gelu;
  return (x) => fc2(activation(fc1(x)));
}
