/** A paper's network as its official PyTorch code has it, to run beside the product's own. */
export interface Peer {
  /** The product's model that `--model` may replace by another of the same plugin. */
  model: string;
  batch: number;
  /** File in `python/`: takes the model's id, prints samples as JSON lines, writes a golden file. */
  script: string;
  /** Where the PyTorch network comes from, for people. */
  origin: string;
}

/** Every peer by the word that `pnpm peers` takes. A new paper: one Python file and one line here. */
export const peers: Record<string, Peer> = {
  vit: { model: "vit/vit-small-patch16-224", batch: 8, script: "vit.py", origin: "timm 1.0.31" },
};
