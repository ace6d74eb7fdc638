import { defineModel } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { type Config, network } from "./network.ts";

const full: Config = { side: 224, width: 64, classes: 10 };

export const model = defineModel<Config>({
  id: "my-paper",
  title: "My paper",
  // `tiny` is the same structure with width and depth cut: tests and checks run it.
  configs: { full, tiny: { ...full, side: 32, width: 8 } },
  build: network,
  // Golden files and workloads may ask for other sizes: take them from `request.shapes` and `request.overrides`.
  configure: (config) => config,
  makeBatch,
  goldenBatch,
  // `small` takes two CPU cores a second or two a step; `paper` is the paper's crop and batch on one GPU.
  workloads: { small: { train: 8, infer: 8 }, paper: { train: 64, infer: 64 } },
  // How the paper trains: data set, epochs, batch, with sources. Planning needs it.
  recipe: null,
});
