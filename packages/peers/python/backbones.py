"""The two backbones of DeblurGAN-v2, cut into the five slices that its pyramid reads."""

import torch
from torch import nn


def dense3x3(inputs, outputs, stride=1, bias=True):
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=bias)


class Separable3x3(nn.Module):
    """One filter a channel, then 1x1 over the channels, nothing between."""

    def __init__(self, inputs, outputs, stride=1, bias=True):
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=bias)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expansion, stride):
        super().__init__()
        hidden = inputs * expansion
        widen = [nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()] if expansion > 1 else []
        each = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        narrow = [nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*widen, each, nn.BatchNorm2d(hidden), nn.ReLU6(), *narrow)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


#: Expansion, channels, blocks, stride. Of the three blocks of 160 channels DeblurGAN-v2 runs two.
MOBILENET = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 2, 2)]


class MobileNetV2(nn.Module):
    """MobileNetV2 (arXiv 1801.04381), width 1."""

    widths = (16, 24, 32, 64, 160)
    #: Layers of each slice.
    ends = (2, 4, 7, 11, 16)

    def __init__(self, conv):
        super().__init__()
        layers = [nn.Sequential(conv(3, 32, 2, bias=False), nn.BatchNorm2d(32), nn.ReLU6())]
        inputs = 32
        for expansion, outputs, blocks, stride in MOBILENET:
            for block in range(blocks):
                layers.append(InvertedResidual(inputs, outputs, expansion, stride if block == 0 else 1))
                inputs = outputs
        self.features = nn.Sequential(*layers)

    def slices(self, x):
        found = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index + 1 in self.ends:
                found.append(x)
        return found


class Unit(nn.Module):
    """Convolution without bias, batch norm with epsilon 1e-3, ReLU."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


def branch(inputs, *units):
    """Units in a row, each (outputs, kernel, stride, padding)."""
    layers = []
    for outputs, *options in units:
        layers.append(Unit(inputs, outputs, *options))
        inputs = outputs
    return nn.Sequential(*layers)


class Joined(nn.Module):
    """`branch0`, `branch1`, ... of the same map, side by side; with `mix` their scaled 1x1 mixture is added to the map."""

    def __init__(self, branches, mix=None):
        super().__init__()
        for index, one in enumerate(branches):
            self.add_module(f"branch{index}", one)
        self.branches = len(branches)
        if mix:
            inputs, outputs, self.scale = mix
            self.conv2d = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        y = torch.cat([getattr(self, f"branch{index}")(x) for index in range(self.branches)], 1)
        return (x + self.conv2d(y) * self.scale).relu() if hasattr(self, "conv2d") else y


class InceptionResNetV2(nn.Module):
    """Inception-ResNet-v2 (arXiv 1602.07261) under the names of pretrainedmodels, up to mixed_7a."""

    widths = (32, 64, 192, 1088, 2080)

    def __init__(self):
        super().__init__()
        self.conv2d_1a = Unit(3, 32, 3, 2)
        self.conv2d_2a = Unit(32, 32, 3)
        self.conv2d_2b = Unit(32, 64, 3, 1, 1)
        self.conv2d_3b = Unit(64, 80, 1)
        self.conv2d_4a = Unit(80, 192, 3)
        pooled = nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), Unit(192, 64, 1))
        self.mixed_5b = Joined(
            [
                Unit(192, 96, 1),
                branch(192, (48, 1), (64, 5, 1, 2)),
                branch(192, (64, 1), (96, 3, 1, 1), (96, 3, 1, 1)),
                pooled,
            ]
        )
        self.repeat = nn.Sequential(*[self.block35() for _ in range(10)])
        self.mixed_6a = Joined(
            [Unit(320, 384, 3, 2), branch(320, (256, 1), (256, 3, 1, 1), (384, 3, 2)), nn.MaxPool2d(3, 2)]
        )
        self.repeat_1 = nn.Sequential(*[self.block17() for _ in range(20)])
        self.mixed_7a = Joined(
            [
                branch(1088, (256, 1), (384, 3, 2)),
                branch(1088, (256, 1), (288, 3, 2)),
                branch(1088, (256, 1), (288, 3, 1, 1), (320, 3, 2)),
                nn.MaxPool2d(3, 2),
            ]
        )
        self.pool = nn.MaxPool2d(3, 2)

    @staticmethod
    def block35():
        branches = [
            Unit(320, 32, 1),
            branch(320, (32, 1), (32, 3, 1, 1)),
            branch(320, (32, 1), (48, 3, 1, 1), (64, 3, 1, 1)),
        ]
        return Joined(branches, mix=(128, 320, 0.17))

    @staticmethod
    def block17():
        lines = branch(1088, (128, 1), (160, (1, 7), 1, (0, 3)), (192, (7, 1), 1, (3, 0)))
        return Joined([Unit(1088, 192, 1), lines], mix=(384, 1088, 0.1))

    def slices(self, x):
        a = self.conv2d_1a(x)
        b = self.pool(self.conv2d_2b(self.conv2d_2a(a)))
        c = self.pool(self.conv2d_4a(self.conv2d_3b(b)))
        d = self.mixed_6a(self.repeat(self.mixed_5b(c)))
        return [a, b, c, d, self.mixed_7a(self.repeat_1(d))]
