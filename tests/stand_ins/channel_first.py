"""ECG and activity (tsai): ``[sample, feature, time]`` in, probabilities out."""

import torch
from torch import Tensor, nn

from aition import Target, TorchModel, from_tensors
from stand_ins.case import Case


class Heart(nn.Module):
    """A convolutional network that ends in a softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 5, padding="same")
        self.norm = nn.BatchNorm1d(8)
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 4), nn.Softmax(dim=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.conv(x)).relu())


def inputs():
    return {"x": torch.randn(4, 3, 12)}


def batch(given):
    return from_tensors(given["x"], layout="sample feature time")


def wrapped(module):
    return TorchModel(module, lambda module, batch: module(batch.x.transpose(1, 2)))


def direct(module, given):
    return module(given["x"])


CASE = Case(Heart, inputs, batch, wrapped, direct, Target.predicted(), lambda outputs: outputs.softmax(dim=1))
