"""What both DeblurGANs share: the PatchGAN critic, the fixed VGG19 of the perceptual loss, the pairs of a check."""

from torch import nn


def critic(strided, tracked):
    """PatchGAN: kernel 4, padding 2, instance norm on all layers but the first and the last, no sigmoid."""
    channels = [64 * min(2**index, 8) for index in range(strided + 1)]
    layers = [nn.Conv2d(3, channels[0], 4, 2, 2), nn.LeakyReLU(0.2)]
    for index in range(1, strided + 1):
        layers += [
            nn.Conv2d(channels[index - 1], channels[index], 4, 2 if index < strided else 1, 2),
            nn.InstanceNorm2d(channels[index], track_running_stats=tracked),
            nn.LeakyReLU(0.2),
        ]
    return Model(nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 4, 1, 2)))


class Model(nn.Module):
    """A sequence under the name `model`."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)


class Vgg(nn.Module):
    """VGG19 up to conv3_3, before its ReLU; never trained."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for depth, (width, count) in enumerate([(64, 2), (128, 2), (256, 3)]):
            layers += [nn.MaxPool2d(2)] if depth else []
            for _ in range(count):
                layers += [nn.Conv2d(inputs, width, 3, 1, 1), nn.ReLU()]
                inputs = width
        self.features = nn.Sequential(*layers[:-1]).requires_grad_(False)

    def forward(self, x):
        return self.features(x)


def pairs(side):
    """Inputs and batch of a check: a pair, and a sharp image for the critics to judge."""
    shape = [1, 3, side, side]
    inputs = [["blurred", shape, "image"], ["sharp", shape, "image"]]
    return inputs, [["batch.blurred", shape, "image"], ["batch.sharp", shape, "image"]]
