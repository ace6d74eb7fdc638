"""DeblurGAN-v2 (arXiv 1908.03826): one generator forward, one update of both discriminators, one generator update; fp32, eager."""

from collections import deque

import torch
import torch.nn.functional as F
from torch import nn

import golden
from backbones import InceptionResNetV2, MobileNetV2, Separable3x3, dense3x3
from deblur_parts import Vgg, critic, pairs
from measure import main
from peer import Peer, adam, set_rate

PIXEL, PERCEPTUAL, ADVERSARIAL = 0.5, 0.006, 0.01
POOL = 50
JUDGES = ("patch", "full")
#: Mirrored borders of the laterals over Inception's unpadded stem: left, right, top, bottom.
BORDERS = [(0, 1, 0, 1), (1, 1, 1, 1), (1, 2, 1, 2), (1, 1, 1, 1), (1, 1, 1, 1)]


def normed(conv, inputs, outputs):
    return nn.Sequential(conv(inputs, outputs), nn.InstanceNorm2d(outputs, track_running_stats=True), nn.ReLU())


class Head(nn.Module):
    def __init__(self, conv, inputs, outputs):
        super().__init__()
        self.block0 = conv(inputs, outputs, bias=False)
        self.block1 = conv(outputs, outputs, bias=False)

    def forward(self, x):
        return self.block1(self.block0(x).relu()).relu()


class Pyramid(nn.Module):
    def __init__(self, model, conv, width):
        super().__init__()
        if model == "deblurgan-v2-inception":
            self.inception = InceptionResNetV2()
        else:
            # The backbone's layers are the pyramid's own `features`.
            mobile = MobileNetV2(conv)
            self.features = mobile.features
            self.mobile = [mobile]
        widths = (InceptionResNetV2 if hasattr(self, "inception") else MobileNetV2).widths
        for level, inputs in enumerate(widths):
            self.add_module(f"lateral{level}", nn.Conv2d(inputs, width if level else width // 2, 1, bias=False))
        for level in (1, 2, 3):
            self.add_module(f"td{level}", normed(conv, width, width))

    def forward(self, x):
        backbone = self.inception if hasattr(self, "inception") else self.mobile[0]
        maps = [getattr(self, f"lateral{level}")(y) for level, y in enumerate(backbone.slices(x))]
        if hasattr(self, "inception"):
            maps = [F.pad(y, border, "reflect") for y, border in zip(maps, BORDERS)]
        map4 = maps[4]
        map3 = self.td1(maps[3] + nearest(map4, 2))
        map2 = self.td2(maps[2] + nearest(map3, 2))
        map1 = self.td3(maps[1] + nearest(map2, 2))
        return maps[0], map1, map2, map3, map4


def nearest(x, scale):
    return F.interpolate(x, scale_factor=scale, mode="nearest") if scale > 1 else x


class Generator(nn.Module):
    def __init__(self, model):
        super().__init__()
        conv = Separable3x3 if model == "deblurgan-v2-mobilenet-dsc" else dense3x3
        width, head = (256, 128) if model == "deblurgan-v2-inception" else (128, 64)
        self.fpn = Pyramid(model, conv, width)
        for level in (1, 2, 3, 4):
            self.add_module(f"head{level}", Head(conv, width, head))
        self.smooth = normed(conv, 4 * head, head)
        self.smooth2 = normed(conv, head, head // 2)
        self.final = conv(head // 2, 3)

    def forward(self, x):
        finest, *maps = self.fpn(x)
        levels = [(4, maps[3]), (3, maps[2]), (2, maps[1]), (1, maps[0])]
        joined = [nearest(getattr(self, f"head{level}")(y), 2 ** (level - 1)) for level, y in levels]
        quarter = self.smooth(torch.cat(joined, 1))
        half = self.smooth2(nearest(quarter, 2) + finest)
        return (self.final(nearest(half, 2)).tanh() + x).clamp(-1, 1)


class DeblurGANv2(Peer):
    def __init__(self, model):
        nets = {"generator": Generator(model), "patch": critic(3, tracked=True), "full": critic(5, tracked=True)}
        self.net = nn.ModuleDict({**nets, "vgg": Vgg()})
        self.pools = {(judge, side): deque(maxlen=POOL) for judge in JUDGES for side in ("real", "fake")}

    def parts(self):
        return {name: f"{name}." for name in ("generator", *JUDGES)}

    def infer(self, inputs):
        # As in the official inference every norm goes by the image's own statistics.
        self.net.train()
        outputs = {"restored": self.net["generator"](inputs["blurred"])}
        if "sharp" in inputs:
            outputs |= {f"{judge}Map": self.net[judge](inputs["sharp"]) for judge in JUDGES}
        return outputs

    def mean(self, judge, side):
        """Over all elements of the pool of a discriminator's last score maps."""
        return torch.cat([scores.flatten() for scores in self.pools[judge, side]]).mean()

    def apart(self, judge, fake, real, margin):
        by_real = (real - self.mean(judge, "fake") - margin).square().mean()
        by_fake = (fake - self.mean(judge, "real") + margin).square().mean()
        return (by_real + by_fake) / 2

    def judge_losses(self, fake, real):
        losses = {}
        for judge in JUDGES:
            scores = {"fake": self.net[judge](fake), "real": self.net[judge](real)}
            for side, maps in scores.items():
                self.pools[judge, side].extend(maps.detach())
            losses[judge] = self.apart(judge, scores["fake"], scores["real"], 1)
        return {**losses, "total": (losses["patch"] + losses["full"]) / 2}

    def generator_losses(self, restored, real):
        patch, full = [self.apart(judge, self.net[judge](restored), self.net[judge](real), -1) for judge in JUDGES]
        adversarial = (patch + full) / 2
        vgg = self.net["vgg"]
        image, target = normalised(restored), normalised(real)
        pixel = F.mse_loss(image, target)
        perceptual = F.mse_loss(vgg(image), vgg(target).detach())
        return {
            "pixelMse": pixel,
            "perceptualMse": perceptual,
            "adversarialPatch": patch,
            "adversarialFull": full,
            "adversarial": adversarial,
            "total": PIXEL * pixel + PERCEPTUAL * perceptual + ADVERSARIAL * adversarial,
        }

    def untouched(self, batch):
        self.net.train()
        restored = self.net["generator"](batch["blurred"])
        judged = self.judge_losses(restored.detach(), batch["sharp"])
        lowered = self.generator_losses(restored, batch["sharp"])
        totals = {"generator": lowered["total"], "patch": judged["total"], "full": judged["total"]}
        return {**golden.prefixed("discriminator", judged), **golden.prefixed("generator", lowered)}, totals

    def of_generator(self):
        return adam(self.trained("generator."))

    def of_judges(self):
        return adam([p for judge in JUDGES for p in self.trained(f"{judge}.")])

    def update(self, batch):
        generator, judges = self.prepared("of_generator"), self.prepared("of_judges")
        set_rate(generator, batch)
        set_rate(judges, batch)
        self.net.train()
        restored = self.net["generator"](batch["blurred"])
        judged = self.judge_losses(restored.detach(), batch["sharp"])
        judges.zero_grad()
        judged["total"].backward()
        judges.step()
        lowered = self.generator_losses(restored, batch["sharp"])
        generator.zero_grad()
        lowered["total"].backward()
        generator.step()
        return {**golden.prefixed("generator", lowered), **golden.prefixed("discriminator", judged)}


def normalised(x):
    """[-1, 1] as networks trained on ImageNet take it, every image of the batch."""
    mean, deviation = (x.new_tensor(v).reshape(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    return ((x + 1) / 2 - mean) / deviation


def case():
    # Smaller images leave so few cells to the coarsest norms that float32 says little about the rest.
    inputs, batch = pairs(128)
    return golden.Case(
        inputs=inputs,
        batch=batch,
        assemble=lambda given, step: {"blurred": given["batch.blurred"], "sharp": given["batch.sharp"]},
        optimizer={"learningRate": 1e-4, "iterations": 2, "separate": ["generator", "patch + full"]},
    )


if __name__ == "__main__":
    main(DeblurGANv2, lambda model: (lambda: DeblurGANv2(model), case(), {}))
