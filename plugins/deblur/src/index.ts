import { definePlugin } from "@epochmark/plugin-kit";
import { models } from "./models.ts";
import { v2Models } from "./v2-models.ts";

export default definePlugin({
  id: "deblur",
  title: "DeblurGAN and DeblurGAN-v2",
  version: "0.1.0",
  papers: [
    {
      title: "DeblurGAN: Blind Motion Deblurring Using Conditional Adversarial Networks",
      authors: "Kupyn et al.",
      venue: "CVPR 2018",
      url: "https://arxiv.org/abs/1711.07064",
      code: "https://github.com/KupynOrest/DeblurGAN",
    },
    {
      title: "DeblurGAN-v2: Deblurring (Orders-of-Magnitude) Faster and Better",
      authors: "Kupyn et al.",
      venue: "ICCV 2019",
      url: "https://arxiv.org/abs/1908.03826",
      code: "https://github.com/VITA-Group/DeblurGANv2",
    },
  ],
  defaultModel: "deblurgan",
  models: [...models, ...v2Models],
});
