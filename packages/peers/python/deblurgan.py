"""DeblurGAN (arXiv 1711.07064): one generator forward, five critic updates on that pair, one generator update; fp32, eager."""

import torch
import torch.nn.functional as F
from torch import nn

import golden
from deblur_parts import Model, Vgg, critic, pairs
from measure import main
from peer import Peer, adam, set_rate

CRITIC_UPDATES = 5
PENALTY = 10
CONTENT = 100


class ResBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        conv = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)]
        self.conv_block = nn.Sequential(*conv(), nn.ReLU(), nn.Dropout(0.5), *conv())

    def forward(self, x):
        return x + self.conv_block(x)


class Generator(Model):
    def __init__(self, width=64, blocks=9):
        w = width
        super().__init__(
            nn.Sequential(
                *[nn.ReflectionPad2d(3), nn.Conv2d(3, w, 7), nn.InstanceNorm2d(w), nn.ReLU()],
                *[nn.Conv2d(w, 2 * w, 3, 2, 1), nn.InstanceNorm2d(2 * w), nn.ReLU()],
                *[nn.Conv2d(2 * w, 4 * w, 3, 2, 1), nn.InstanceNorm2d(4 * w), nn.ReLU()],
                *[ResBlock(4 * w) for _ in range(blocks)],
                *[nn.ConvTranspose2d(4 * w, 2 * w, 3, 2, 1, 1), nn.InstanceNorm2d(2 * w), nn.ReLU()],
                *[nn.ConvTranspose2d(2 * w, w, 3, 2, 1, 1), nn.InstanceNorm2d(w), nn.ReLU()],
                *[nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7), nn.Tanh()],
            )
        )

    def forward(self, x):
        return (x + self.model(x)).clamp(-1, 1)


class DeblurGAN(Peer):
    def __init__(self, model):
        self.net = nn.ModuleDict({"generator": Generator(), "critic": critic(3, tracked=False), "vgg": Vgg()})

    def parts(self):
        return {"generator": "generator.", "critic": "critic."}

    def infer(self, inputs):
        self.net.eval()
        outputs = {"restored": self.net["generator"](inputs["blurred"])}
        return {**outputs, "patchMap": self.net["critic"](inputs["sharp"])} if "sharp" in inputs else outputs

    def restored(self, batch):
        self.net.train()
        for module in self.net.modules():
            if isinstance(module, nn.Dropout):
                module.p = float(batch["dropout"])
        return self.net["generator"](batch["blurred"])

    def critic_losses(self, fake, real, share):
        judge = self.net["critic"]
        fake_mean, real_mean = judge(fake).mean(), judge(real).mean()
        between = (share * real + (1 - share) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(judge(between).sum(), between, create_graph=True)
        # One length a pixel, over the channels, as the official code has it.
        length = (slope.square().sum(1) + 1e-30).sqrt()
        penalty = PENALTY * (length - 1).square().mean()
        wasserstein = fake_mean - real_mean
        total = wasserstein + penalty
        return {"total": total, "wasserstein": wasserstein, "penalty": penalty, "fakeMean": fake_mean, "realMean": real_mean}

    def generator_losses(self, restored, real):
        vgg = self.net["vgg"]
        adversarial = -self.net["critic"](restored).mean()
        mse = F.mse_loss(vgg(restored), vgg(real).detach())
        return {
            "content": CONTENT * mse,
            "adversarial": adversarial,
            "total": adversarial + CONTENT * mse,
            "contentMse": mse,
        }

    def untouched(self, batch):
        restored = self.restored(batch)
        generator = self.generator_losses(restored, batch["sharp"])
        critics = self.critic_losses(restored.detach(), batch["sharp"], batch["alpha"][0])
        totals = {"generator": generator["total"], "critic": critics["total"]}
        return {**golden.prefixed("critic", critics), **golden.prefixed("generator", generator)}, totals

    def of_generator(self):
        return adam(self.trained("generator."), (0.5, 0.999))

    def of_critic(self):
        return adam(self.trained("critic."), (0.5, 0.999))

    def update(self, batch):
        generator, judge = self.prepared("of_generator"), self.prepared("of_critic")
        set_rate(generator, batch)
        set_rate(judge, batch)
        restored = self.restored(batch)
        fake = restored.detach()
        losses = {}
        for k in range(CRITIC_UPDATES):
            critics = self.critic_losses(fake, batch["sharp"], batch["alpha"][k])
            judge.zero_grad()
            critics["total"].backward()
            judge.step()
            losses |= {f"critic.{k}.{name}": critics[name] for name in ("total", "wasserstein", "penalty")}
        lowered = self.generator_losses(restored, batch["sharp"])
        generator.zero_grad()
        lowered["total"].backward()
        generator.step()
        return {**losses, **{f"generator.{name}": lowered[name] for name in ("content", "adversarial", "total")}}


def case():
    inputs, batch = pairs(32)

    def assemble(given, step):
        first = CRITIC_UPDATES * (step - 1)
        return {
            "blurred": given["batch.blurred"],
            "sharp": given["batch.sharp"],
            "alpha": given["batch.alpha"][first : first + CRITIC_UPDATES],
            "dropout": 0,
        }

    return golden.Case(
        inputs=inputs,
        batch=[*batch, ["batch.alpha", [2 * CRITIC_UPDATES], "unit"]],
        assemble=assemble,
        optimizer={"learningRate": 1e-4, "iterations": 2, "separate": ["generator", "critic"]},
    )


if __name__ == "__main__":
    main(DeblurGAN, lambda model: (lambda: DeblurGAN(model), case(), {}))
