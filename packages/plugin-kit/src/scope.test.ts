import { expect, it } from "vitest";
import { batchNorm, conv2d, zeros } from "./nn/index.ts";
import { Scope } from "./scope.ts";

it("writes names as PyTorch does, unless told how the checkpoint does", () => {
  const scope = new Scope();
  conv2d(scope.at("features").at(0), 1, 1, { kernel: 1 });
  const network = scope.named({ separator: "/" }).at("Network");
  conv2d(network.at("conv1").named({ names: { weight: "weights", bias: "biases" } }), 1, 1, { kernel: 1 });
  batchNorm(network.at("bn1").named({ names: { weight: "gamma", running_mean: "moving_mean" } }), 1);
  expect(scope.states().map(({ spec }) => spec.name)).toEqual([
    "features.0.weight",
    "features.0.bias",
    "Network/conv1/weights",
    "Network/conv1/biases",
    "Network/bn1/gamma",
    "Network/bn1/bias",
    "Network/bn1/moving_mean",
    "Network/bn1/running_var",
  ]);
  expect(network.at("conv1").trainable()).toHaveLength(2);
});

it("refuses a name that is taken", () => {
  const scope = new Scope();
  scope.parameter("a", [1], zeros);
  expect(() => scope.named({ names: { b: "a" } }).parameter("b", [1], zeros)).toThrow("a is declared twice");
});

it("keeps what training remembers out of the checkpoint", () => {
  const scope = new Scope().at("pool");
  scope.memory("means", [3], zeros);
  expect(scope.states().map(({ spec }) => [spec.name, spec.kind, spec.trainable])).toEqual([
    ["pool.means", "slot", false],
  ]);
});
