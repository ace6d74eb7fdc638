import { definePlugin } from "@epochmark/plugin-kit";
import { firstFrame, model } from "./model.ts";

export default definePlugin({
  id: "trtr",
  title: "TrTr",
  version: "0.1.0",
  papers: [
    {
      title: "TrTr: Visual Tracking with Transformer",
      authors: "Zhao, Okada and Inaba",
      venue: "arXiv 2021",
      url: "https://arxiv.org/abs/2105.03817",
      code: "https://github.com/tongtybj/TrTr",
    },
  ],
  defaultModel: "trtr",
  models: [model, firstFrame],
});
