/** A paper's networks in PyTorch, to run beside the product's own. */
export interface Peer {
  /** Which models, as `plugin/model`. */
  models: RegExp;
  /** File in `python/`: takes the model's path, prints samples as JSON lines, writes a golden file. */
  script: string;
  /** Where the PyTorch network comes from, for people. */
  origin: string;
}

const written = "written from the specification";

/** A new paper: one Python file and one line here. */
export const peers: readonly Peer[] = [
  { models: /^vit\/vit-/, script: "vit.py", origin: "timm 1.0.31" },
  { models: /^vit\/deepvit-/, script: "deepvit.py", origin: written },
  { models: /^deblur\/deblurgan$/, script: "deblurgan.py", origin: written },
  { models: /^deblur\/deblurgan-v2-/, script: "deblurgan_v2.py", origin: written },
  { models: /^refocus\//, script: "deeplens.py", origin: written },
  { models: /^trtr\/trtr(-first-frame)?$/, script: "trtr.py", origin: `${written}, backbone of torchvision 0.29.2` },
];

/** The peer of a model, `plugin/model`; undefined where there is none. */
export function peerOf(model: string): Peer | undefined {
  return peers.find(({ models }) => models.test(model));
}
