import type { Recipe } from "@epochmark/plugin-kit";

const page = "the authors' project page (scott89.github.io/DeepLens_zh)";
const repository = "github.com/scott89/deeplens_eval at 3dbc1b0";
const proposal =
  "The training code and its settings were never published: losses, Adam at 1e-4 and the augmentation are this project's proposals";

const batch = 16;
const shared = { batch, gpus: null, reportedHours: null, precision: "fp32" } as const;

const depthImages = 2462;
const depthSteps = 346_224;

/** First stage: the depth network, with its foreground head. */
export const depthRecipe: Recipe = {
  ...shared,
  dataset: "2,462 images with depth from phones with two lenses, beside foreground segmentation sets",
  samplesPerEpoch: depthImages,
  epochs: (depthSteps * batch) / depthImages,
  steps: depthSteps,
  sources: [
    "DeepLens paper (arXiv 1810.08100), abstract: number of images",
    `${page}: depth and segmentation learned together, ResNet-50 pre-trained on ImageNet`,
    `${repository}: the step that the depth checkpoint's name states; batch of the evaluation's settings`,
  ],
  notes: `${proposal}. Epochs follow from the steps and count the images with depth alone; the batch of training is unknown.`,
};

const jointSteps = 199_950;

/** Second stage: lens blur and guided upsampling. */
export const jointRecipe: Recipe = {
  ...shared,
  dataset: "synthetic pairs of sharp and shallow images with known depth",
  samplesPerEpoch: jointSteps * batch,
  epochs: 1,
  steps: jointSteps,
  sources: [
    `${page}: lens blur and upsampling trained together on synthetic images`,
    `${repository}: the step that the joint checkpoint's name states; batch of the evaluation's settings`,
  ],
  notes: `${proposal}. The size of the data set is unknown, so all steps are one epoch here; the crop, 320 to 640 pixels, is a proposal too.`,
};
