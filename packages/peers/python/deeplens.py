"""DeepLens (arXiv 1810.08100): depth, lens blur and guided upsampling as in the released TensorFlow code, training as proposed here; fp32, eager."""

import torch
import torch.nn.functional as F
from torch import nn

import golden
from measure import main
from peer import Peer, adam

WEIGHT_DECAY = 5e-4
SIDE = 320


class Conv(nn.Module):
    """TensorFlow's SAME padding: what is odd goes after. Weights [out, in, height, width]."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, bias=False, padding="same"):
        super().__init__()
        self.weights = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        nn.init.xavier_uniform_(self.weights)
        self.biases = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.options = kernel, stride, dilation, padding

    def forward(self, x):
        kernel, stride, dilation, padding = self.options
        if padding == "same":
            before = [same(size, dilation * (kernel - 1) + 1, stride) for size in x.shape[2:]]
            if all(a == b for a, b in before):
                padding = tuple(a for a, _ in before)
            else:
                x, padding = F.pad(x, (*before[1], *before[0])), 0
        return F.conv2d(x, self.weights, self.biases, stride, padding, dilation)


def same(size, window, stride):
    total = max(0, (-(-size // stride) - 1) * stride + window - size)
    return total // 2, total - total // 2


class Norm(nn.Module):
    def __init__(self, channels, stored=False):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("moving_mean", torch.zeros(channels))
        self.register_buffer("moving_variance", torch.ones(channels))
        self.stored = stored

    def forward(self, x):
        batch = self.training and not self.stored
        return F.batch_norm(x, self.moving_mean, self.moving_variance, self.gamma, self.beta, batch, 0.01, 1e-5)


class Scope(nn.Module):
    """Layers side by side under the released checkpoint's names."""

    def normed(self, conv, bn, inputs, outputs, kernel, stored=False, **options):
        """Adds a convolution and its norm; returns both in a row."""
        self.add_module(conv, Conv(inputs, outputs, kernel, **options))
        self.add_module(bn, Norm(outputs, stored))
        return lambda x: getattr(self, bn)(getattr(self, conv)(x))

    def bottleneck(self, name, inputs, width, outputs, stride=1, strided="first", dilation=1, shortcut=None):
        layer = lambda branch, a, b, k, **o: self.normed(f"res{name}_branch{branch}", f"bn{name}_branch{branch}", a, b, k, **o)
        project = layer("1", inputs, outputs, 1, stride=stride) if shortcut else None
        first = layer("2a", inputs, width, 1, stride=stride if strided == "first" else 1)
        middle = layer("2b", width, width, 3, dilation=dilation)
        last = layer("2c", width, outputs, 1, stride=stride if strided == "last" else 1)

        def apply(x):
            beside = project(x) if project else x
            beside = beside.relu() if shortcut == "relu" else beside
            return (last(middle(first(x).relu()).relu()) + beside).relu()

        return apply

    def stack(self, inputs):
        """The feature stack: what went in and the results of four convolutions over mirrored borders."""
        sizes = [(inputs, 30, 3), (30, 30, 5), (30, 15, 5), (15, 15, 5)]
        for index, (a, b, kernel) in enumerate(sizes):
            self.add_module(f"fea{index + 1}", Conv(a, b, kernel, bias=True, padding=0))

        def apply(x):
            found = [x]
            for index, (_, _, kernel) in enumerate(sizes):
                found.append(getattr(self, f"fea{index + 1}")(symmetric(found[-1], kernel // 2)).relu())
            return torch.cat(found, 1)

        return apply


def chain(*layers):
    def apply(x):
        for layer in layers:
            x = layer(x)
        return x

    return apply


def symmetric(x, pad):
    """Mirrors the border, the edge pixel included."""
    if pad == 1:
        return F.pad(x, (1, 1, 1, 1), "replicate")
    for axis in (2, 3):
        size = x.shape[axis]
        x = torch.cat([x.narrow(axis, 0, pad).flip(axis), x, x.narrow(axis, size - pad, pad).flip(axis)], axis)
    return x


def resize(x, size):
    """Bilinear as TensorFlow 1 does: source = index * in / out, the last row and column repeated."""
    for axis, wanted in zip((2, 3), size):
        have = x.shape[axis]
        if have == wanted:
            continue
        source = torch.arange(wanted, dtype=torch.float64) * (have / wanted)
        low = source.floor().long()
        share = (source - low).to(x.dtype).reshape([-1 if a == axis else 1 for a in range(4)])
        high = (low + 1).clamp(max=have - 1)
        start = x.index_select(axis, low)
        x = start + (x.index_select(axis, high) - start) * share
    return x


def leaky(x):
    return F.leaky_relu(x, 0.2)


class Depth(Scope):
    def __init__(self, segmentation):
        super().__init__()
        w = 64
        self.conv1 = Conv(3, w, 7, stride=2, bias=True, padding=3)
        self.bn_conv1 = Norm(w)
        self.stages = [
            self.stage(2, w, w, 3),
            self.stage(3, 4 * w, 2 * w, 4, stride=2),
            self.stage(4, 8 * w, 4 * w, 6, dilation=2),
        ]
        spp = lambda name, a, b, k: chain(self.normed(f"spp_conv{name}", f"spp_bn{name}", a, b, k), leaky)
        self.reduce = spp("1", 16 * w, 4 * w, 1)
        self.pools = [(share, spp(f"_{letter}", 4 * w, w // 2, 1)) for letter, share in zip("abcd", (1, 2, 4, 8))]
        self.merges = [spp("2", 6 * w, w, 3), spp("3_2", 2 * w, w, 3), spp("4_2", 2 * w, w, 3)]
        self.skips = [spp("3_1", 4 * w, w, 3), spp("4_1", w, w, 3)]
        self.heads = [self.head(name, w) for name in (("depth", "seg") if segmentation else ("depth",))]

    def stage(self, number, inputs, width, blocks, stride=1, dilation=1):
        first = self.bottleneck(
            f"{number}a", inputs, width, 4 * width, stride=stride, dilation=dilation, shortcut="plain"
        )
        names = [f"{number}{'abcdef'[index]}" for index in range(1, blocks)]
        return chain(first, *[self.bottleneck(n, 4 * width, width, 4 * width, dilation=dilation) for n in names])

    def head(self, name, w):
        first = self.normed(f"{name}_conv1", f"{name}_bn1", w, w, 3)
        second = self.normed(f"{name}_conv2", f"{name}_bn2", w, w, 3)
        self.add_module(f"{name}_pre", Conv(w, 1, 1, bias=True))

        def apply(x, rate):
            before = leaky(first(x))
            return getattr(self, f"{name}_pre")(F.dropout(leaky(second(before) + before), rate))

        return apply

    def forward(self, images, rate=0.0):
        """Each head's map [B, 1, 320, 320], nothing normalised."""
        stem = self.bn_conv1(self.conv1(images - 0.5)).relu()
        border = [same(size, 3, 2) for size in stem.shape[2:]]
        x = F.max_pool2d(F.pad(stem, (*border[1], *border[0]), value=-torch.inf), 3, 2)
        fine = self.stages[0](x)
        context = self.reduce(self.stages[2](self.stages[1](fine)))
        side = context.shape[2:]
        pooled = [resize(layer(F.avg_pool2d(context, side[0] // share)), side) for share, layer in self.pools]
        x = self.merges[0](torch.cat([context, *pooled], 1))
        x = self.merges[1](torch.cat([double(x), self.skips[0](fine)], 1))
        x = self.merges[2](torch.cat([double(x), self.skips[1](stem)], 1))
        x = double(x)
        return [head(x, rate) for head in self.heads]


def double(x):
    return resize(x, [2 * size for size in x.shape[2:]])


class Lensblur(Scope):
    """Weights of the kernel at each pixel."""

    def __init__(self):
        super().__init__()
        w = 64
        self.shallow = chain(self.normed("conv1_shallow", "bn1_shallow", 4, w, 7), F.relu)
        block = lambda name, a, b, stride=1: self.bottleneck(
            name, a, w, b, stride=stride, strided="last", shortcut=None if a == b else "relu"
        )
        first = chain(self.normed("conv1", "bn1", 1, w, 7, stride=4), F.relu)
        self.coarse = chain(first, block("2a", w, 2 * w), block("2b", 2 * w, 4 * w, 2), block("3a", 4 * w, 4 * w))
        self.fine = chain(block("4a", 5 * w, 2 * w), block("4b", 2 * w, 4 * w), block("4c", 4 * w, 4 * w))
        self.output = Conv(4 * w, 31, 1, bias=True)

    def forward(self, image, depth):
        near = self.shallow(torch.cat([image - 0.5, depth], 1))
        up = resize(self.coarse(depth), image.shape[2:])
        return self.output(self.fine(torch.cat([up, near], 1))).relu()


class Feature(Scope):
    def __init__(self):
        super().__init__()
        self.apply_stack = self.stack(3)

    def forward(self, image):
        return self.apply_stack(image)


class SR(Scope):
    """Guided upsampling; batch norm by the stored statistics even in training."""

    def __init__(self):
        super().__init__()
        w = 32
        layer = lambda name, a, b, stride=1: chain(
            self.normed(name, f"{name}_bn", a, b, 3, stored=True, stride=stride), F.relu
        )
        down = [("lr1_1", 7, w), ("lr2_1", w, 2 * w, 2), ("lr3_1", 2 * w, 4 * w, 2), ("lr4_1", 4 * w, 8 * w, 2)]
        up = [("lr4_2", 8 * w, 8 * w), ("lr5_1", 8 * w, 4 * w), ("lr6_1", 4 * w, 2 * w), ("lr7_1", 2 * w, w)]
        self.down = [layer(*row) for row in down]
        self.up = [layer(*row) for row in up]
        self.lr8, self.lr9 = layer("lr8_1", w, w), layer("lr9_1", w, w)
        self.mixing = chain(*[layer(f"pre1_{i + 1}", w + 3 if i == 0 else w, w) for i in range(4)])
        self.pre1_5 = Conv(w, 32, 3, bias=True)
        self.apply_stack = self.stack(6)

    def forward(self, low, dof, depth, high):
        size = high.shape[2:]
        maps = [torch.cat([low, dof, depth], 1)]
        for layer in self.down:
            maps.append(layer(maps[-1]))
        x = self.up[0](maps[4])
        for layer, beside in zip(self.up[1:], (maps[3], maps[2], maps[1])):
            x = resize(layer(x), beside.shape[2:]) + beside
        guide = self.lr9(resize(self.lr8(x), size))
        weights = self.pre1_5(self.mixing(torch.cat([high, guide], 1))).relu()
        return render(weights, self.apply_stack(torch.cat([resize(dof, size), high], 1)))


def render(weights, features):
    """Weight k mixes the features 3k, 3k + 1 and 3k + 2: [B, K, H, W], [B, 3K, H, W] -> [B, 3, H, W]."""
    batch, kernels, height, width = weights.shape
    mixed = (features.reshape(batch, kernels, 3, height, width) * weights.unsqueeze(2)).sum(1)
    return mixed / (weights.sum(1, keepdim=True) + 2**-52)


def unit_range(x):
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    return (x - low) / (high - low + 2**-23)


class DeepLensPeer(Peer):
    def official(self, name):
        return f"Network/Network/{name.replace('.', '/')}"

    def penalty(self):
        weights = [p for p in self.trained() if p.ndim == 4]
        return WEIGHT_DECAY / 2 * sum(p.square().sum() for p in weights)

    def optimizer(self):
        return adam(self.trained())


class DepthStage(DeepLensPeer):
    """The first stage: depth and foreground."""

    def __init__(self, model):
        self.net = nn.ModuleDict({"Depth": Depth(segmentation=True)})

    def infer(self, inputs):
        self.net.eval()
        depth, mask = self.net["Depth"](inputs["image"])
        return {"prediction": depth, "normalised": unit_range(depth), "foreground": mask.sigmoid()}

    def losses(self, batch):
        self.net.train()
        depth, mask = self.net["Depth"](batch["image"], float(batch["dropout"]))
        labelled = lambda error, has: (error.mean((1, 2, 3)) * has).mean()
        off = labelled((unit_range(depth) - batch["target"]).abs(), batch["hasDepth"])
        misses = F.binary_cross_entropy_with_logits(mask, batch["mask"], reduction="none")
        foreground, penalty = labelled(misses, batch["hasMask"]), self.penalty()
        return {"total": off + foreground + penalty, "depth": off, "foreground": foreground, "penalty": penalty}


class Pipeline(DeepLensPeer):
    """The second stage trains lens blur and upsampling together; inference runs all networks over the pyramid."""

    def __init__(self, model):
        self.net = nn.ModuleDict(
            {"Depth": Depth(segmentation=False), "Lensblur": Lensblur(), "Feature": Feature(), "SR": SR()}
        )

    def refocus(self, levels, depth):
        """The photograph with shallow depth of field at every level, from low to high."""
        kernels = self.net["Lensblur"](levels[0], depth)
        found = [render(kernels, self.net["Feature"](levels[0]))]
        for low, high in zip(levels, levels[1:]):
            found.append(self.net["SR"](low, found[-1], resize(depth, low.shape[2:]), high))
        return found

    def infer(self, inputs):
        self.net.eval()
        levels = [inputs["image"]]
        for _ in range(2):
            levels.insert(0, F.avg_pool2d(levels[0], 2))
        low = levels[0]
        (raw,) = self.net["Depth"](resize(low, (SIDE, SIDE)))
        depth = unit_range(resize(raw, low.shape[2:]))
        columns, rows = inputs["focalPoint"].long().unbind(1)
        focus = depth[torch.arange(len(depth)), 0, rows, columns].reshape(-1, 1, 1, 1)
        signed = (depth - focus) * inputs["aperture"].reshape(-1, 1, 1, 1)
        found = self.refocus(levels, signed)
        return {"depth": depth, **{f"dof{index}": dof for index, dof in enumerate(found)}}

    def trained(self, prefix=""):
        return [p for name, p in self.net.named_parameters() if not name.startswith("Depth.")]

    def losses(self, batch):
        self.net.train()
        names = [name for name in ("low", "mid", "high") if name in batch]
        found = self.refocus([batch[name] for name in names], batch["depth"])
        targets = [batch[f"target{name.capitalize()}"] for name in names]
        levels = {name: (dof - target).abs().mean() for name, dof, target in zip(names, found, targets)}
        penalty = self.penalty()
        return {"total": sum(levels.values()) + penalty, **levels, "penalty": penalty}


def depth_case():
    shapes = {"image": [2, 3, SIDE, SIDE], "target": [2, 1, SIDE, SIDE], "mask": [2, 1, SIDE, SIDE]}
    more = {"hasDepth": torch.ones(2), "hasMask": torch.ones(2), "dropout": 0}
    return golden.Case(
        inputs=[["image", [1, 3, SIDE, SIDE], "unit"]],
        batch=[[f"batch.{name}", shape, "unit"] for name, shape in shapes.items()],
        assemble=lambda batch, step: {**{name: batch[f"batch.{name}"] for name in shapes}, **more},
        optimizer={"learningRate": 1e-4, "steps": 2},
    )


def pipeline_case():
    low, mid = [24, 32], [48, 64]
    sizes = {"low": [3, *low], "depth": [1, *low], "mid": [3, *mid], "targetLow": [3, *low], "targetMid": [3, *mid]}
    return golden.Case(
        inputs=[
            ["image", [1, 3, 96, 128], "unit"],
            ["focalPoint", [1, 2], "label:24"],
            ["aperture", [1], "unit"],
        ],
        batch=[[f"batch.{name}", [2, *size], "image" if name == "depth" else "unit"] for name, size in sizes.items()],
        assemble=lambda batch, step: {name: batch[f"batch.{name}"] for name in sizes},
        optimizer={"learningRate": 1e-4, "steps": 2},
    )


def make(model):
    return DepthStage(model) if model == "deeplens-depth" else Pipeline(model)


def check(model):
    if model == "deeplens-depth":
        return lambda: make(model), depth_case(), {}
    return lambda: make(model), pipeline_case(), {"overrides": {"scale": 4}}


if __name__ == "__main__":
    main(make, check)
