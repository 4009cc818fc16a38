"""PyPOTS: a dict of values, a mask of missing ones and times since the last in, a dict with probabilities out."""

import torch
from torch import Tensor, nn

from aition import Field, Target, TorchModel, from_tensors
from stand_ins.case import Case


class Decay(nn.Module):
    """A GRU whose missing values decay to the mean with the time since they were measured."""

    def __init__(self) -> None:
        super().__init__()
        self.rate = nn.Parameter(torch.rand(2))
        self.mean = nn.Parameter(torch.randn(2))
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, given: dict[str, Tensor]) -> dict[str, Tensor]:
        mask = given["missing_mask"]
        filled = mask * given["X"] + (1 - mask) * self.mean * (1 - torch.exp(-self.rate * given["deltas"]))
        states, _ = self.gru(torch.cat([filled, mask], dim=2))
        return {"classification_proba": self.head(states[:, -1]).softmax(dim=1)}


def inputs():
    x = torch.randn(4, 5, 2)
    missing = torch.rand(4, 5, 2) < 0.3
    return {
        "X": x.masked_fill(missing, float("nan")),
        "missing_mask": (~missing).float(),
        "deltas": torch.rand(4, 5, 2),
    }


def batch(given):
    deltas = Field(given["deltas"], "context", ("sample", "time", "feature"))
    return from_tensors(given["X"], fields={"deltas": deltas})


def wrapped(module):
    def forward(module, batch):
        given = {"X": batch.x, "missing_mask": batch.observed.to(batch.x.dtype), "deltas": batch["deltas"]}
        return module(given)["classification_proba"]

    return TorchModel(module, forward)


def direct(module, given):
    return module({**given, "X": given["X"].nan_to_num(0.0)})["classification_proba"]


CASE = Case(Decay, inputs, batch, wrapped, direct, Target.of_class(1), lambda outputs: outputs.softmax(dim=1))
