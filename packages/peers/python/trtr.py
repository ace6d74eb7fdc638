"""TrTr (arXiv 2105.03817): dilated ResNet-50, one encoder layer on the template, one decoder layer on the search image; fp32, eager."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet50
from torchvision.ops.misc import FrozenBatchNorm2d

import golden
from measure import main
from peer import Peer

DIM, HEADS, HIDDEN = 256, 8, 2048
CLIP = 0.1
BACKBONE_RATE = 0.1
#: The online part: channels of each layer before and after its projection, the filter's cells, the response's floor.
ONLINE = {"layer2": (512, 64), "layer3": (1024, 64)}
CELLS = (4, 4)
MLU = 0.05
FILTER_WEIGHT, PROJECTION_WEIGHT = 0.1, 1e-4
NEWTON_STEPS, NEWTON_GRADIENTS, UPDATE_GRADIENTS = 6, 10, 5


def cells(side):
    return math.ceil(side / 8)


class Layer(nn.Module):
    """Post-norm as in DETR: positions are added to queries and keys only. With a memory: a decoder's."""

    def __init__(self, decoder):
        super().__init__()
        attention = lambda: nn.MultiheadAttention(DIM, HEADS, batch_first=True)
        self.self_attn = attention()
        if decoder:
            self.multihead_attn = attention()
            self.norm3 = nn.LayerNorm(DIM)
        self.linear1, self.linear2 = nn.Linear(DIM, HIDDEN), nn.Linear(HIDDEN, DIM)
        self.norm1, self.norm2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.decoder = decoder

    def forward(self, x, places, drop, memory=None, memory_places=None):
        # Without the maps as a result PyTorch may fuse the attention.
        attend = lambda layer, q, k, v: drop(layer(q, k, v, need_weights=False)[0])
        q = x + places
        x = self.norm1(x + attend(self.self_attn, q, q, x))
        last = self.norm2
        if self.decoder:
            x = self.norm2(x + attend(self.multihead_attn, x + places, memory + memory_places, memory))
            last = self.norm3
        return last(x + drop(self.linear2(drop(self.linear1(x).relu()))))


class Stack(nn.Module):
    """`layers.0`, and a norm after it where there is one."""

    def __init__(self, layer, norm):
        super().__init__()
        self.layers = nn.ModuleList([layer])
        if norm:
            self.norm = nn.LayerNorm(DIM)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Stack(Layer(decoder=False), norm=False)
        self.decoder = Stack(Layer(decoder=True), norm=True)


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(DIM, DIM), nn.Linear(DIM, DIM), nn.Linear(DIM, 2)])

    def forward(self, x):
        first, second, third = self.layers
        return third(second(first(x).relu()).relu())


class Backbone(nn.Module):
    """torchvision's ResNet-50 up to layer3, stride 8, every batch norm frozen; conv1 and layer1 are not trained."""

    def __init__(self):
        super().__init__()
        net = resnet50(
            weights=None, norm_layer=FrozenBatchNorm2d, replace_stride_with_dilation=(False, True, True)
        )
        names = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3"]
        self.body = nn.Sequential()
        for name in names:
            self.body.add_module(name, getattr(net, name))
        self.body.conv1.requires_grad_(False)
        self.body.layer1.requires_grad_(False)

    def forward(self, x):
        return self.body(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.ModuleList([Transformer()])
        self.reg_embed, self.wh_embed = Head(), Head()
        self.heatmap_embed = nn.Linear(DIM, 1)
        nn.init.constant_(self.heatmap_embed.bias, -2.19)
        self.input_projs = nn.ModuleList([nn.Conv2d(1024, DIM, 1)])
        self.backbone = nn.ModuleList([Backbone()])

    def tokens(self, images):
        return self.input_projs[0](self.backbone[0](images)).flatten(2).transpose(1, 2)

    def encode(self, template, drop):
        x = self.tokens(template)
        return self.transformer[0].encoder.layers[0](x, positions(x), drop)

    def decode(self, memory, search, drop):
        decoder = self.transformer[0].decoder
        x = self.tokens(search)
        y = decoder.norm(decoder.layers[0](x, positions(x), drop, memory, positions(memory)))
        return {
            "pred_heatmap": self.heatmap_embed(y),
            "pred_bbox_reg": self.reg_embed(y).sigmoid(),
            "pred_bbox_wh": self.wh_embed(y).sigmoid(),
        }


def positions(tokens):
    """DETR's sine code of a square map, [cells², DIM], y before x; computed in float32 as the official code does."""
    side = math.isqrt(tokens.shape[1])
    places = torch.arange(1, side + 1, dtype=torch.float32) / (side + 1e-6) * (2 * math.pi)
    index = torch.arange(DIM // 2, dtype=torch.float32)
    angles = places[:, None] / 10000 ** (2 * torch.div(index, 2, rounding_mode="floor") / (DIM // 2))
    code = torch.stack([angles[:, 0::2].sin(), angles[:, 1::2].cos()], 2).flatten(1)
    rows, columns = code[:, None].expand(-1, side, -1), code[None].expand(side, -1, -1)
    return torch.cat([rows, columns], 2).flatten(0, 1).to(tokens.dtype)


def keep_all(x):
    return x


class TrTr(Peer):
    def __init__(self, model):
        self.first_frame = model == "trtr-first-frame"
        if self.first_frame:
            layers = nn.ModuleDict({layer: OnlineLayer(*sizes) for layer, sizes in ONLINE.items()})
            self.net = nn.ModuleDict({"online": layers})
        else:
            self.net = Net()
            self.filters = {layer: torch.randn(1, channels, *CELLS) / math.prod((channels, *CELLS)) for layer, (_, channels) in ONLINE.items()}
            self.samples, self.labels = {}, None

    def online(self, inputs):
        return self.fit(inputs) if self.first_frame else self.renew(inputs)

    def fit(self, inputs):
        """The first frame: filter and projection of each layer together."""
        total, outputs = 0, {}
        for layer, own in self.net["online"].items():
            maps = inputs[layer].permute(0, 3, 1, 2)
            project = lambda projection: F.conv2d(maps, projection)
            wanted = (inputs["labels"], inputs["weights"])
            residuals = lambda x: residuals_of(project(x[1]), x[0], wanted, [(x[0], FILTER_WEIGHT), (x[1], PROJECTION_WEIGHT)])
            start = [own.filter.detach(), own.projection.detach()]
            loss, found = gauss_newton(residuals, start, [FILTER_WEIGHT, PROJECTION_WEIGHT], NEWTON_STEPS, NEWTON_GRADIENTS)
            with torch.no_grad():
                own.filter.copy_(found[0])
                own.projection.copy_(found[1])
                outputs[f"samples.{layer}"] = project(found[1]).permute(0, 2, 3, 1)
            total = total + loss
        return {"total": total, **outputs}

    def renew(self, inputs):
        """The periodic update: new samples into their places of the memory, then the filters alone."""
        slots, weights = inputs["slots"].long(), inputs["weights"]

        def placed(kept, fresh):
            kept = fresh.new_zeros(len(slots), *fresh.shape[1:]) if kept is None else kept
            return torch.cat([kept, fresh])[slots]

        self.labels = placed(self.labels, inputs["labels"])
        total = 0
        for layer in ONLINE:
            self.samples[layer] = placed(self.samples.get(layer), inputs[layer])
            maps = self.samples[layer].permute(0, 3, 1, 2)
            wanted = (self.labels, weights)
            residuals = lambda x: residuals_of(maps, x[0], wanted, [(x[0], FILTER_WEIGHT)])
            loss, (self.filters[layer],) = gauss_newton(residuals, [self.filters[layer]], [FILTER_WEIGHT], 1, UPDATE_GRADIENTS)
            total = total + loss
        return {"total": total, **{f"filter.{layer}": each for layer, each in self.filters.items()}}

    def infer(self, inputs):
        self.net.eval()
        memory = inputs["memory"] if "memory" in inputs else self.net.encode(inputs["template"], keep_all)
        return self.net.decode(memory, inputs["search"], keep_all)

    def losses(self, batch):
        self.net.train()
        rate = float(batch["dropout"])
        for module in self.net.modules():
            if isinstance(module, nn.MultiheadAttention):
                module.dropout = rate
        drop = lambda x: F.dropout(x, rate)
        found = self.net.decode(self.net.encode(batch["template"], drop), batch["search"], drop)
        heatmap = batch["heatmap"]
        centre = (heatmap == 1).to(heatmap.dtype)
        p = found["pred_heatmap"].squeeze(2).sigmoid().clamp(1e-4, 1 - 1e-4)
        hits = centre * (1 - p).square() * p.log()
        misses = (1 - heatmap) ** 4 * p.square() * (1 - p).log()
        losses = {
            "loss_hm": -(hits + misses).sum() / len(heatmap),
            "loss_bbox_reg": at_centre(found["pred_bbox_reg"], batch["offset"], centre),
            "loss_bbox_wh": at_centre(found["pred_bbox_wh"], batch["size"], centre),
        }
        return {"total": sum(losses.values()), **losses}

    def optimizer(self):
        named = [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]
        backbone = [p for name, p in named if name.startswith("backbone.")]
        others = [p for name, p in named if not name.startswith("backbone.")]
        groups = [{"params": others}, {"params": backbone, "scale": BACKBONE_RATE}]
        return torch.optim.AdamW(groups, lr=1e-4, weight_decay=1e-4)

    def clip(self):
        nn.utils.clip_grad_norm_(self.trained(), CLIP)


class OnlineLayer(nn.Module):
    """What is learnt of one layer of the backbone in the first frame."""

    def __init__(self, inputs, channels):
        super().__init__()
        self.filter = nn.Parameter(torch.randn(1, channels, *CELLS) / math.prod((channels, *CELLS)))
        self.projection = nn.Parameter(torch.randn(channels, inputs, 1, 1) / math.sqrt(inputs))


def residuals_of(maps, weights, wanted, penalties):
    """What is minimised the squares of: responses against labels, each sample as much as it counts, and penalties."""
    labels, counts = wanted
    # The row and the column that an even filter adds at the end are cut off.
    response = F.conv2d(maps, weights, padding=2)[:, 0, :-1, :-1]
    mlu = response.relu() + MLU * ((response.clamp(max=0) / MLU).exp() - 1)
    data = counts.sqrt()[:, None, None] * (mlu - labels)
    return [data, *(math.sqrt(weight) * value for value, weight in penalties)]


def gauss_newton(residuals, x, diagonal, newton_steps, gradient_steps):
    """ATOM's optimizer (Danelljan et al., CVPR 2019): the Jacobian's products come from differentiating twice."""
    first = None
    for _ in range(newton_steps):
        x = [value.detach().requires_grad_() for value in x]
        found = residuals(x)
        if first is None:
            first = sum(each.detach().square().sum() for each in found)
        dual = [each.detach().requires_grad_() for each in found]
        backward = torch.autograd.grad(found, x, dual, create_graph=True)

        def apply(p):
            along = torch.autograd.grad(backward, dual, p, retain_graph=True)
            return torch.autograd.grad(found, x, along, retain_graph=True)

        change = conjugate_gradient(apply, [-each.detach() for each in backward], diagonal, gradient_steps)
        x = [value.detach() + each for value, each in zip(x, change)]
    return first, x


def conjugate_gradient(apply, b, diagonal, steps):
    """Preconditioned, from zero, directions by Polak and Ribiere."""
    inner = lambda a, c: sum((u * v).sum() for u, v in zip(a, c))
    precondition = lambda r: [each / d for each, d in zip(r, diagonal)]
    x, r = [torch.zeros_like(each) for each in b], b
    z = p = precondition(r)
    rho = inner(r, z)
    for step in range(1, steps + 1):
        q = apply(p)
        alpha = rho / inner(p, q)
        x = [u + alpha * v for u, v in zip(x, p)]
        if step == steps:
            return x
        before, r = r, [u - alpha * v for u, v in zip(r, q)]
        z = precondition(r)
        following = inner(r, z)
        beta = ((following - inner(before, z)) / rho).clamp(min=0)
        p = [u + beta * v for u, v in zip(z, p)]
        rho = following


def at_centre(found, wanted, centre):
    """Absolute errors of both components at the targets' cells, over the number of targets."""
    found = (found * centre.unsqueeze(2)).sum(1)
    positive = centre.sum(1, keepdim=True)
    return ((found - wanted).abs() * positive).sum() / positive.sum().clamp(min=1)


def targets(box, side):
    """Heatmap [cells²], offset and size of a box (centre x, centre y, width, height), as CenterNet makes them."""
    count = cells(side)
    scale = count / side
    x, y, width, height = box
    cx, cy = (float(torch.tensor(v * scale, dtype=torch.float32)) for v in (x, y))
    column, row = int(cx), int(cy)
    radius = gaussian_radius(math.ceil(height * scale), math.ceil(width * scale), 0.7)
    sigma = (2 * radius + 1) / 6
    axis = torch.arange(count, dtype=torch.float64)
    near = lambda centre: ((axis - centre).abs() <= radius) * torch.exp(-((axis - centre) ** 2) / (2 * sigma**2))
    heatmap = (near(row)[:, None] * near(column)[None]).float().double()
    return heatmap.flatten(), [cx - column, cy - row], [width / side, height / side]


def gaussian_radius(height, width, overlap):
    """CornerNet's rule, with its formula for the roots as published in code."""
    total, area = height + width, height * width
    shifted = (total + math.sqrt(total**2 - 4 * area * (1 - overlap) / (1 + overlap))) / 2
    inside = (2 * total + math.sqrt(4 * total**2 - 16 * (1 - overlap) * area)) / 2
    outside = (-2 * overlap * total + math.sqrt(4 * overlap**2 * total**2 + 16 * overlap * (1 - overlap) * area)) / 2
    return max(0, int(min(shifted, inside, outside)))


def case():
    side = 255
    template, search = [2, 3, 127, 127], [2, 3, side, side]
    boxes = [[133.75, 118.5, 74.25, 52.5], [96, 160, 48, 80]]

    def assemble(batch, step):
        heatmap, offset, size = targets(boxes[0], side)
        # The second pair is a negative one.
        pair = lambda row: torch.tensor([row, [0, 0]], dtype=torch.float64).float().double()
        return {
            "template": batch["batch.template"],
            "search": batch["batch.search"],
            "heatmap": torch.stack([heatmap, torch.zeros_like(heatmap)]),
            "offset": pair(offset),
            "size": pair(size),
            "dropout": 0,
        }

    return golden.Case(
        inputs=[["template", [1, *template[1:]], "image"], ["search", [1, *search[1:]], "image"]],
        batch=[
            ["batch.template", template, "image"],
            ["batch.search", search, "image"],
            ["batch.boxes", [2, 4], {"literal": boxes}],
            ["batch.valid", [2], {"literal": [1, 0]}],
        ],
        assemble=assemble,
        optimizer={
            "name": "AdamW",
            "learningRate": 1e-4,
            "learningRateBackbone": 1e-5,
            "weightDecay": 1e-4,
            "clip": {"globalNorm": CLIP},
            "steps": 2,
        },
    )


if __name__ == "__main__":
    main(TrTr, lambda model: (lambda: TrTr(model), case(), {}))
