"""Plain PyTorch and Lightning: ``[sample, time, feature]`` and lengths in, logits out."""

import torch
from torch import Tensor, nn

from aition import Target, TorchModel, from_tensors
from stand_ins.case import Case


class Ward(nn.Module):
    """A GRU read off at the last step, as a ward's network is written, with what Lightning adds beside."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        states, _ = self.gru(x)
        return self.head(states[torch.arange(len(x)), lengths - 1])

    def training_step(self, batch, _number: int) -> Tensor:
        x, lengths, label = batch
        return nn.functional.cross_entropy(self(x, lengths), label)


def inputs():
    return {"x": torch.randn(4, 6, 3), "lengths": torch.tensor([6, 3, 5, 1])}


def batch(given):
    return from_tensors(given["x"], lengths=given["lengths"])


def wrapped(module):
    return TorchModel(module, lambda module, batch: module(batch.x, batch.lengths))


def direct(module, given):
    return module(given["x"], given["lengths"])


CASE = Case(Ward, inputs, batch, wrapped, direct, Target.predicted())
