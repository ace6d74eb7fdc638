import { definePlugin } from "@epochmark/plugin-kit";
import { models as deepvit } from "./deepvit-models.ts";
import { models as vit } from "./models.ts";

export default definePlugin({
  id: "vit",
  title: "Vision Transformer and DeepViT",
  version: "0.1.0",
  papers: [
    {
      title: "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
      authors: "Dosovitskiy et al.",
      venue: "ICLR 2021",
      url: "https://arxiv.org/abs/2010.11929",
      code: "https://github.com/google-research/vision_transformer",
    },
    {
      title: "Training data-efficient image transformers & distillation through attention",
      authors: "Touvron et al.",
      venue: "ICML 2021",
      url: "https://arxiv.org/abs/2012.12877",
      code: "https://github.com/facebookresearch/deit",
    },
    {
      title: "DeepViT: Towards Deeper Vision Transformer",
      authors: "Zhou et al.",
      venue: "arXiv 2021",
      url: "https://arxiv.org/abs/2103.11886",
      code: "https://github.com/zhoudaquan/dvit_repo",
    },
  ],
  defaultModel: "vit-small-patch16-224",
  models: [...vit, ...deepvit],
});
