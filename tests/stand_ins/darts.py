"""darts: a tuple with Nones in, series padded on the LEFT, ``[sample, horizon, component, parameter]`` out."""

import torch
from torch import Tensor, nn

from aition import Field, Target, TorchModel, from_tensors
from stand_ins.case import Case


class Demand(nn.Module):
    """A GRU that knows nothing of padding, and a normal distribution for each component and step ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2, 8, batch_first=True)
        self.future = nn.Linear(3, 8)
        self.head = nn.Linear(8, 2 * 2)

    def forward(self, x_in: tuple[Tensor, Tensor, Tensor | None, Tensor | None]) -> Tensor:
        past, future, _static, _future_target = x_in
        states, _ = self.gru(past)
        return self.head(states[:, -1:] + self.future(future).tanh()).unflatten(2, (2, 2))


def inputs():
    past = torch.randn(4, 6, 2)
    past[1, :3] = 0
    return {"past": past, "lengths": torch.tensor([6, 3, 6, 6]), "future": torch.randn(4, 5, 3)}


def batch(given):
    future = Field(given["future"], "known-future", ("sample", "horizon", "known"))
    return from_tensors(given["past"], lengths=given["lengths"], side="left", fields={"future": future})


def wrapped(module):
    def forward(module, batch):
        return module((batch.x, batch["future"], None, None))

    return TorchModel(module, forward, axes=("horizon", "component", "parameter"))


def direct(module, given):
    return module((given["past"], given["future"], None, None))


CASE = Case(
    Demand,
    inputs,
    batch,
    wrapped,
    direct,
    Target.output(horizon=2, component=1, parameter=0),
    padding="remove",
)
