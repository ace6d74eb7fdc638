import { definePlugin } from "@epochmark/plugin-kit";
import { models } from "./models.ts";

export default definePlugin({
  id: "refocus",
  title: "DeepLens",
  version: "0.1.0",
  papers: [
    {
      title: "DeepLens: Shallow Depth of Field from a Single Image",
      authors: "Wang et al.",
      venue: "SIGGRAPH Asia 2018",
      url: "https://arxiv.org/abs/1810.08100",
      code: "https://github.com/scott89/deeplens_eval",
    },
  ],
  defaultModel: "deeplens",
  models,
});
