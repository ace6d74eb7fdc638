import { definePlugin } from "@epochmark/plugin-kit";
import { models } from "./models.ts";

export default definePlugin({
  id: "deblur",
  title: "DeblurGAN",
  version: "0.1.0",
  papers: [
    {
      title: "DeblurGAN: Blind Motion Deblurring Using Conditional Adversarial Networks",
      authors: "Kupyn et al.",
      venue: "CVPR 2018",
      url: "https://arxiv.org/abs/1711.07064",
      code: "https://github.com/KupynOrest/DeblurGAN",
    },
  ],
  defaultModel: "deblurgan",
  models,
});
