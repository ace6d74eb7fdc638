"""What every PyTorch peer is: a network under official names, its inference and its train step.

Inputs have the names, shapes and meaning that this project's own phases give them, so that both sides are handed the same
batch: `learningRate` and `step` are inputs, and so is the rate of every dropout.
"""

import torch


class Peer:
    """One model. A subclass sets `net` (all networks that train or are read, under official names) and `model`."""

    #: Parameters that are tables (class token, positions), by name.
    tables = ()

    def parts(self):
        """The networks whose losses are apart: name -> prefix of its parameters. One network: everything."""
        return {"": ""}

    def official(self, name):
        """A parameter's or buffer's name in the official checkpoint."""
        return name

    def infer(self, inputs):
        """Named outputs."""
        raise NotImplementedError

    def online(self, inputs):
        """One step of what is learnt while tracking; named outputs, what it minimised first."""
        raise NotImplementedError

    def losses(self, batch):
        """Named losses, `total` among them: what one update lowers."""
        raise NotImplementedError

    def optimizer(self):
        """The optimizer of `losses`; a group's learning rate is `learningRate` times its `scale`."""
        raise NotImplementedError

    def clip(self):
        """What happens to the gradients before the update."""

    def untouched(self, batch):
        """Losses before any update, and for each part of the net the loss that its gradients belong to."""
        losses = self.losses(batch)
        return losses, {"": losses["total"]}

    def update(self, batch):
        """The whole train step; returns the losses that it lowered, each read before its own update."""
        optimizer = self.prepared("optimizer")
        set_rate(optimizer, batch)
        optimizer.zero_grad()
        losses = self.losses(batch)
        losses["total"].backward()
        self.clip()
        optimizer.step()
        return losses

    def prepared(self, name):
        """An optimizer, made at its first use: the net has its type and values by then."""
        made = self.__dict__.setdefault("_made", {})
        if name not in made:
            made[name] = getattr(self, name)()
        return made[name]

    def trained(self, prefix=""):
        return [p for name, p in self.net.named_parameters() if p.requires_grad and name.startswith(prefix)]


def set_rate(optimizer, batch):
    for group in optimizer.param_groups:
        group["lr"] = float(batch["learningRate"]) * group.get("scale", 1)


def adam(parameters, betas=(0.9, 0.999)):
    return torch.optim.Adam(parameters, lr=1e-4, betas=betas, eps=1e-8)


def adamw(net, no_decay, weight_decay=0.05):
    """AdamW that does not decay what `no_decay(name, parameter)` says."""
    groups = {True: [], False: []}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            groups[no_decay(name, parameter)].append(parameter)
    rows = [{"params": groups[True], "weight_decay": 0}, {"params": groups[False], "weight_decay": weight_decay}]
    return torch.optim.AdamW([row for row in rows if row["params"]], lr=1e-4, betas=(0.9, 0.999), eps=1e-8)
