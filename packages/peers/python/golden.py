"""Writes what the official network computes, in float64, as a golden file that `bench golden` checks.

Weights and inputs follow from a seed and their names, so that both sides build the same ones without
a checkpoint between them: FNV-1a of "seed:name" starts a mulberry32 stream, one draw an element.
"""

import json
import math

import numpy
import torch

SEED = 1
MAX_VALUES = 2048


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


def weight_of(name, tensor, tables):
    """Kind of a parameter and its values by that kind's rule, rounded to float32."""
    shape = tuple(tensor.shape)
    v = 2 * units(name, shape) - 1
    if name in tables:
        return "table", (0.1 * v).float()
    if len(shape) > 1:
        return "matrix", (v * math.sqrt(3 / math.prod(shape[1:]))).float()
    if name.endswith(".bias"):
        return "bias", (0.1 * v).float()
    return "norm-scale", (1 + 0.1 * v).float()


def image(name, shape):
    return (2 * units(name, shape) - 1).float().double()


def fill(net, tables):
    """Gives every parameter its value by the rule; returns the golden's list of weights."""
    rows = []
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            kind, values = weight_of(name, parameter, tables)
            parameter.copy_(values)
            rows.append([name, list(parameter.shape), kind, parameter.requires_grad])
    return rows


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


def write(path, build, weights, inputs, outputs, train):
    golden = {
        "format": 1,
        "build": build,
        "seed": SEED,
        "weights": weights,
        "inputs": inputs,
        "eval": {"outputs": outputs},
        "train": train,
        "float32Error": {},
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file)


def train_section(make, batch, learning_rate, steps=3):
    """What the golden's `train` states about `steps` updates on one batch.

    `make(dtype)` returns the freshly filled network, its optimizer and a function that gives the loss. It is run
    in float64 for the numbers and in float32 for how far the official code itself strays from them.
    """
    losses, gradients, changes, after = run_steps(*make(torch.float64), steps)
    _, gradients32, changes32, _ = run_steps(*make(torch.float32), steps)
    return {
        "batch": batch,
        "losses": {"total": losses[0]},
        "gradientNorm": math.sqrt(sum(gradient.norm().item() ** 2 for gradient in gradients.values())),
        "gradients": {
            name: {**sample(gradient), "float32Error": error(gradients32[name], gradient)}
            for name, gradient in gradients.items()
        },
        "optimizer": {"learningRate": learning_rate, "steps": steps},
        "lossesBySteps": losses,
        "parametersAfterSteps": {
            name: {
                **sample(value),
                "changeL2": changes[name].norm().item(),
                "float32ErrorOfChange": error(changes32[name], changes[name]),
            }
            for name, value in after.items()
        },
    }


def run_steps(net, optimizer, loss_of, steps):
    """Losses before each update, gradients of the first, and by how much and to what the parameters changed."""
    net.train()
    start = {name: parameter.detach().clone() for name, parameter in net.named_parameters()}
    losses = []
    for step in range(steps):
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients = {name: parameter.grad.clone() for name, parameter in net.named_parameters()}
        optimizer.step()
    after = {name: parameter.detach() for name, parameter in net.named_parameters()}
    return losses, gradients, {name: after[name] - start[name] for name in after}, after


def error(tensor, reference):
    """Relative L2 error."""
    return ((tensor.double() - reference).norm() / reference.norm()).item()
