"""ViT (arXiv 2010.11929) as timm has it, trained as DeiT (arXiv 2012.12877) trains it; fp32, eager."""

import timm
import torch
import torch.nn.functional as F

import golden
from measure import main
from peer import Peer, adamw

CLASSES = 1000
DROP_PATH = 0.1


class ViT(Peer):
    tables = ("cls_token", "pos_embed")

    def __init__(self, model, drop_path=DROP_PATH):
        name = model.replace("-", "_")
        self.net = timm.create_model(name, pretrained=False, num_classes=CLASSES, drop_path_rate=drop_path)
        self.side = self.net.patch_embed.img_size[0]

    def infer(self, inputs):
        self.net.eval()
        return {"logits": self.net(inputs["input"])}

    def losses(self, batch):
        self.net.train()
        return {"total": soft_cross_entropy(self.net(batch["input"]), batch["targets"])}

    def optimizer(self):
        # No decay on 1-D parameters, biases, class token and position table, as the official code does.
        return adamw(self.net, lambda name, p: p.ndim <= 1 or name in self.tables)


def soft_cross_entropy(logits, targets):
    return (-targets * F.log_softmax(logits, dim=-1)).sum(-1).mean()


def smoothed(labels, smoothing=0.1):
    """One-hot targets [N, CLASSES], smoothed."""
    off = smoothing / CLASSES
    targets = torch.full((len(labels), CLASSES), off, dtype=torch.float64)
    targets[torch.arange(len(labels)), labels] = 1 - smoothing + off
    return targets


def case(side):
    """What a golden of an image classifier states."""
    shape = [2, 3, side, side]
    return golden.Case(
        inputs=[["input", shape, "image"]],
        batch=[["batch.input", shape, "image"], ["batch.labels", [2], f"label:{CLASSES}"]],
        assemble=lambda batch, step: {"input": batch["batch.input"], "targets": smoothed(batch["batch.labels"])},
        optimizer={"learningRate": 5e-4, "steps": 2},
    )


if __name__ == "__main__":
    # Random depth cannot be the same on both sides: off where they are compared.
    main(ViT, lambda model: (lambda: ViT(model, drop_path=0), case(ViT(model).side), {}))
