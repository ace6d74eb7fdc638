"""DeepViT (arXiv 2103.11886): a ViT whose attention maps are mixed over the heads, trained as a DeiT; fp32, eager."""

import torch
from torch import nn

from measure import main
from peer import Peer, adamw
from vit import CLASSES, case, soft_cross_entropy

HEADS = 12
#: dim, depth, last blocks that re-attend, convolutional stem, scale of the mixed maps, residual scale, side
PLAIN = {"dim": 384, "stem": False, "scale": 1.0, "residual": 1.0, "side": 224}
LARGE = {"dim": 420, "depth": 32, "mixing": 12, "stem": True, "scale": 1.0, "residual": 0.5, "side": 224}
MODELS = {
    "deepvit-16b": {**PLAIN, "depth": 16, "mixing": 16},
    "deepvit-24b": {**PLAIN, "depth": 24, "mixing": 24},
    "deepvit-32b": {**PLAIN, "depth": 32, "mixing": 32},
    "deepvit-s": {"dim": 396, "depth": 16, "mixing": 5, "stem": True, "scale": 33**-0.5, "residual": 0.5, "side": 224},
    "deepvit-l": LARGE,
    "deepvit-l-384": {**LARGE, "side": 384},
}


class Embed(nn.Module):
    """Patches of 16 x 16, by one convolution or by two of overall stride 2 and patches of 8 x 8."""

    def __init__(self, dim, stem):
        super().__init__()
        self.stem = stem
        if stem:
            self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
            self.conv2 = nn.Conv2d(64, 64, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(64)
        self.proj = nn.Conv2d(64, dim, 8, 8) if stem else nn.Conv2d(3, dim, 16, 16)

    def forward(self, x):
        if self.stem:
            x = self.bn1(self.conv1(x)).relu()
            x = self.bn2(self.conv2(x)).relu()
        return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dim, mixing, scale):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.scale = scale
        if mixing:
            self.reatten_matrix = nn.Conv2d(HEADS, HEADS, 1)
            self.var_norm = nn.BatchNorm2d(HEADS)

    def forward(self, x):
        batch, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, HEADS, dim // HEADS).permute(2, 0, 3, 1, 4)
        maps = (q @ k.transpose(-2, -1) * (dim // HEADS) ** -0.5).softmax(-1)
        if hasattr(self, "reatten_matrix"):
            maps = self.var_norm(self.reatten_matrix(maps))
            maps = maps if self.scale == 1 else maps * self.scale
        return self.proj((maps @ v).transpose(1, 2).reshape(batch, tokens, dim))


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 3 * dim)
        self.fc2 = nn.Linear(3 * dim, dim)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim, mixing, scale, residual):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, mixing, scale)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Mlp(dim)
        self.r = residual

    def forward(self, x, keep):
        r = self.r
        scaled = (lambda y, factor: y) if r == 1 else (lambda y, factor: y * factor)
        x = x + kept(scaled(self.attn(self.norm1(scaled(x, r))), 1 / r), keep, 0)
        return x + kept(scaled(self.mlp(self.norm2(scaled(x, r))), 1 / r), keep, 1)


def kept(branch, keep, index):
    """Stochastic depth: a factor for each sample, [2, batch]."""
    return branch if keep is None else branch * keep[index].reshape(-1, 1, 1)


class Net(nn.Module):
    def __init__(self, dim, depth, mixing, stem, scale, residual, side):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.pos_embed = nn.Parameter(torch.randn(1, (side // 16) ** 2 + 1, dim) * 0.02)
        self.patch_embed = Embed(dim, stem)
        self.blocks = nn.ModuleList(Block(dim, i >= depth - mixing, scale, residual) for i in range(depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, CLASSES)

    def forward(self, images, keep=None):
        x = self.patch_embed(images)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        for index, block in enumerate(self.blocks):
            x = block(x, None if keep is None else keep[index])
        return self.head(self.norm(x)[:, 0])


class DeepViT(Peer):
    tables = ("cls_token", "pos_embed")

    def __init__(self, model):
        self.net = Net(**MODELS[model])

    def infer(self, inputs):
        self.net.eval()
        return {"logits": self.net(inputs["input"])}

    def losses(self, batch):
        self.net.train()
        return {"total": soft_cross_entropy(self.net(batch["input"], batch.get("dropPath")), batch["targets"])}

    def optimizer(self):
        return adamw(self.net, lambda name, p: p.ndim <= 1 or name in self.tables)


if __name__ == "__main__":
    main(DeepViT, lambda model: (lambda: DeepViT(model), case(MODELS[model]["side"]), {}))
