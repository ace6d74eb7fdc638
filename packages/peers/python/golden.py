"""Writes what a PyTorch peer computes, in float64, as a golden file that `bench golden` checks.

Weights and inputs follow from a seed and their names, so that both sides build the same ones without
a checkpoint between them: FNV-1a of "seed:name" starts a mulberry32 stream, one draw an element.
"""

import json
import math
from dataclasses import dataclass
from typing import Callable

import numpy
import torch
from torch import nn

SEED = 1
MAX_VALUES = 2048
#: One run in float32 is one draw of its rounding: behind ReLUs and norms over few samples the next is several times as far off.
ROUNDED_RUNS = 5
#: A gradient this small beside all others is zero in exact arithmetic: a bias in front of a normalisation.
ZERO = 1e-11


@dataclass
class Case:
    """What a model's golden states besides its weights: rows `[name, shape, rule]`, and how they become train inputs."""

    inputs: list
    batch: list
    #: (batch by name, step from 1) -> train inputs, without learning rate and step.
    assemble: Callable
    optimizer: dict


def units(name, shape):
    """Draws in [0, 1) of the stream `SEED:name`, float64, row-major."""
    state = 2166136261
    for byte in f"{SEED}:{name}".encode():
        state = ((state ^ byte) * 16777619) & 0xFFFFFFFF
    count = math.prod(shape)
    with numpy.errstate(over="ignore"):
        steps = numpy.arange(1, count + 1, dtype=numpy.uint32) * numpy.uint32(0x6D2B79F5)
        t = steps + numpy.uint32(state or 1)
        draw = (t ^ (t >> 15)) * (t | numpy.uint32(1))
        draw ^= draw + (draw ^ (draw >> 7)) * (draw | numpy.uint32(61))
    return torch.from_numpy(((draw ^ (draw >> 14)) / 4294967296.0).reshape(shape))


VALUES = {
    "matrix": lambda v: v * math.sqrt(3 / math.prod(v.shape[1:])),
    "transposed-conv": lambda v: v * math.sqrt(3 / (v.shape[0] * math.prod(v.shape[2:]))),
    "table": lambda v: 0.1 * v,
    "norm-scale": lambda v: 1 + 0.1 * v,
    "bias": lambda v: 0.1 * v,
    "running-mean": lambda v: 0.1 * v,
    "running-var": lambda v: 1 + 0.5 * v.abs(),
}


def kind_of(owner, name, tensor, tables):
    """Which rule a parameter or buffer follows."""
    last = name.rsplit(".", 1)[-1]
    if last in ("running_mean", "moving_mean"):
        return "running-mean"
    if last in ("running_var", "moving_variance"):
        return "running-var"
    if name in tables:
        return "table"
    if tensor.ndim > 1:
        return "transposed-conv" if isinstance(owner, nn.ConvTranspose2d) else "matrix"
    return "bias" if last in ("bias", "biases", "beta", "in_proj_bias") else "norm-scale"


def fill(peer):
    """Gives every parameter and buffer its value by the rule, rounded to float32; returns the golden's list of weights."""
    owners = dict(peer.net.named_modules())
    tensors = {**dict(peer.net.named_parameters()), **dict(peer.net.named_buffers())}
    rows = []
    with torch.no_grad():
        for name, tensor in tensors.items():
            # Counters have no part in what is computed.
            if not tensor.is_floating_point():
                continue
            kind = kind_of(owners[name.rpartition(".")[0]], name, tensor, peer.tables)
            official, shape = peer.official(name), list(tensor.shape)
            tensor.copy_(VALUES[kind](2 * units(official, shape) - 1).float())
            rows.append([official, shape, kind, isinstance(tensor, nn.Parameter) and tensor.requires_grad])
    return rows


def value(row):
    """The input of a row, images rounded to float32."""
    name, shape, rule = row
    if isinstance(rule, dict):
        return torch.tensor(rule["literal"], dtype=torch.float32).double().reshape(shape)
    drawn = units(name, shape)
    if rule == "image":
        return (2 * drawn - 1).float().double()
    if rule == "unit":
        return drawn.float().double()
    return (drawn * int(rule.removeprefix("label:"))).long()


def prefixed(name, losses):
    return {f"{name}.{key}": loss for key, loss in losses.items()}


def write(path, build, make, case):
    """`make()` builds the peer anew: inference, gradients and updates all start from the same weights."""
    weights = fill(make())
    exact, noise = computed(make, case, torch.float64), [computed(make, case, torch.float32, run) for run in range(ROUNDED_RUNS)]
    gradients, whole = exact["gradients"], norm(exact["gradients"].values())
    zero = [name for name, gradient in gradients.items() if gradient.norm().item() < ZERO * whole]
    judged = {name: gradient for name, gradient in gradients.items() if name not in zero}
    worst = lambda distance: max(distance(rounded) for rounded in noise)
    stray = {name: worst(lambda r: error(r["gradients"][name], gradient)) for name, gradient in judged.items()}
    changes = {
        name: worst(lambda r: error(r["changes"][name], change))
        for name, change in exact["changes"].items()
        if name not in zero
    }
    parts = make().parts()
    norms = {part: norm(g for name, g in judged.items() if name.startswith(prefix)) for part, prefix in parts.items()}
    train = {
        "batch": case.batch,
        "losses": exact["losses"],
        "gradientNorm": norms if len(parts) > 1 else norms[""],
        "zeroGradients": zero,
        "gradients": {name: {**sample(g), "float32Error": stray.get(name, 0)} for name, g in gradients.items()},
        "optimizer": case.optimizer,
        "lossesBySteps": exact["steps"],
        "parametersAfterSteps": {
            name: {**sample(exact["after"][name]), "changeL2": exact["changes"][name].norm().item(), "float32ErrorOfChange": e}
            for name, e in changes.items()
        },
    }
    golden = {
        "format": 1,
        "build": build,
        "seed": SEED,
        "weights": weights,
        "inputs": case.inputs,
        "eval": {"outputs": {name: sample(output) for name, output in exact["outputs"].items()}},
        "train": train,
        "float32Error": {
            "outputs": worst(lambda r: max(error(r["outputs"][name], output) for name, output in exact["outputs"].items())),
            "gradients": max(stray.values()),
            "gradientsAllTogether": worst(lambda r: error(flat(r["gradients"], judged), flat(judged, judged))),
            "lossesBySteps": [
                worst(lambda r: max(abs(r["steps"][k][name] - loss) / largest(name, step) for name, loss in step.items()))
                for k, step in enumerate(exact["steps"])
            ],
        },
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)


def computed(make, case, dtype, run=0):
    """Everything that a golden states, in one precision; in runs after the first images are off by up to two in their last digit."""
    generator = torch.Generator().manual_seed(run)

    def shaken(tensor):
        if run == 0 or tensor.ndim < 4:
            return tensor
        return tensor * (1 + (2 * torch.rand(tensor.shape, generator=generator, dtype=torch.float64) - 1) * 2**-22)

    def fresh():
        peer = make()
        fill(peer)
        peer.net.to(dtype)
        return peer

    def cast(values):
        floating = lambda v: torch.is_tensor(v) and v.is_floating_point()
        return {name: shaken(v).to(dtype) if floating(v) else v for name, v in values.items()}

    learning_rate = case.optimizer["learningRate"]
    batch = {row[0]: value(row) for row in case.batch}
    train_inputs = lambda step: cast({**case.assemble(batch, step), "learningRate": learning_rate, "step": step})
    with torch.no_grad():
        outputs = fresh().infer(cast({row[0]: value(row) for row in case.inputs}))

    peer = fresh()
    losses, totals = peer.untouched(train_inputs(1))
    named = {name: p for name, p in peer.net.named_parameters() if p.requires_grad}
    gradients = {}
    for part, total in totals.items():
        mine = {name: p for name, p in named.items() if name.startswith(peer.parts()[part])}
        found = torch.autograd.grad(total, list(mine.values()), allow_unused=True, retain_graph=True)
        gradients |= {peer.official(name): g for name, g in zip(mine, found) if g is not None}

    peer = fresh()
    named = {peer.official(name): p for name, p in peer.net.named_parameters() if p.requires_grad}
    start = {name: p.detach().clone() for name, p in named.items()}
    count = case.optimizer.get("steps") or case.optimizer["iterations"]
    steps = [numbers(peer.update(train_inputs(step))) for step in range(1, count + 1)]
    after = {name: named[name].detach() for name in gradients}
    changes = {name: after[name] - start[name] for name in gradients}
    losses = numbers(losses)
    return {"outputs": outputs, "losses": losses, "gradients": gradients, "steps": steps, "after": after, "changes": changes}


def numbers(losses):
    return {name: loss.item() for name, loss in losses.items()}


def largest(name, losses):
    """The largest loss of the same objective: `critic.0.total` belongs to `critic`."""
    objective = name.split(".")[0] if "." in name else None
    return max(abs(loss) for other, loss in losses.items() if objective is None or other.split(".")[0] == objective)


def norm(tensors):
    return math.sqrt(sum(tensor.norm().item() ** 2 for tensor in tensors))


def flat(tensors, names):
    return torch.cat([tensors[name].double().flatten() for name in names])


def sample(tensor):
    """Mean and length of the whole tensor, and its values at up to MAX_VALUES places spread evenly."""
    flat = tensor.detach().flatten()
    count = min(MAX_VALUES, len(flat))
    indices = [i * (len(flat) - 1) // max(1, count - 1) for i in range(count)]
    return {
        "shape": list(tensor.shape),
        "mean": flat.mean().item(),
        "l2": flat.norm().item(),
        "indices": indices,
        "values": flat[indices].tolist(),
    }


def error(tensor, reference):
    """Relative L2 error."""
    return ((tensor.double() - reference).norm() / reference.norm()).item()
