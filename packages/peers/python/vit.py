"""ViT (arXiv 2010.11929) as timm has it, trained as DeiT (arXiv 2012.12877) trains it; fp32, eager."""

import timm
import torch
from timm.loss import SoftTargetCrossEntropy
from timm.optim import param_groups_weight_decay

import golden
from measure import main

CLASSES = 1000
SMOOTHING = 0.1
DROP_PATH = 0.1
WEIGHT_DECAY = 0.05


def network(model, drop_path):
    return timm.create_model(model.replace("-", "_"), pretrained=False, num_classes=CLASSES, drop_path_rate=drop_path)


def optimizer_of(net, lr):
    # No decay on 1-D parameters, biases, class token and position table, as the official code does.
    groups = param_groups_weight_decay(net, WEIGHT_DECAY, no_weight_decay_list=net.no_weight_decay())
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.999), eps=1e-8)


def build(model, batch, phase):
    net = network(model, DROP_PATH)
    size = net.patch_embed.img_size
    images = torch.randn(batch, 3, *size)
    if phase == "infer":
        net.eval()

        def infer():
            with torch.inference_mode():
                return net(images)[0, 0].item()

        return infer

    net.train()
    optimizer = optimizer_of(net, 5e-4 * batch / 512)
    criterion = SoftTargetCrossEntropy()
    targets = mixed_targets(torch.randint(CLASSES, (batch,)), 0.7)

    def train():
        optimizer.zero_grad()
        loss = criterion(net(images), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def write_golden(path, model, batch):
    shape = [batch, 3, *network(model, 0).patch_embed.img_size]
    weights = []
    lr = 1e-3

    def filled(dtype):
        net = network(model, 0)
        weights[:] = golden.fill(net, tables=("cls_token", "pos_embed"))
        return net.to(dtype)

    def training(dtype):
        net = filled(dtype)
        images = golden.image("batch.input", shape).to(dtype)
        labels = (golden.units("batch.labels", [batch]) * CLASSES).long()
        targets = mixed_targets(labels, 1).to(dtype)
        criterion = SoftTargetCrossEntropy()
        return net, optimizer_of(net, lr), lambda: criterion(net(images), targets)

    net = filled(torch.float64).eval()
    with torch.no_grad():
        outputs = {"logits": golden.sample(net(golden.image("input", shape)))}
    batch_rows = [["batch.input", shape, "image"], ["batch.labels", [batch], f"label:{CLASSES}"]]
    train = golden.train_section(training, batch_rows, lr)
    build = {"plugin": "vit", "model": model.replace("-", "_")}
    golden.write(path, build, weights, [["input", shape, "image"]], outputs, train)


def mixed_targets(labels, lam):
    """Smoothed one-hot targets mixed with those of the reversed batch, [N, CLASSES]."""
    off = SMOOTHING / CLASSES
    smooth = torch.full((len(labels), CLASSES), off)
    smooth[torch.arange(len(labels)), labels] = 1 - SMOOTHING + off
    return lam * smooth + (1 - lam) * smooth.flip(0)


if __name__ == "__main__":
    main(build, write_golden)
