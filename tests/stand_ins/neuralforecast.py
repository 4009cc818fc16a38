"""neuralforecast: a dict of ``[sample, feature, time, series]`` in, ``[sample, horizon, series, quantile]`` out."""

import torch
from torch import Tensor, nn

from aition import Field, Target, TorchModel, from_tensors
from stand_ins.case import Case


class Load(nn.Module):
    """One linear layer over a masked window and what is known of the future."""

    def __init__(self) -> None:
        super().__init__()
        self.past = nn.Linear(8 * 3, 16)
        self.future = nn.Linear(12 * 2, 16)
        self.head = nn.Linear(17, 4 * 3)

    def forward(self, windows_batch: dict[str, Tensor]) -> Tensor:
        mask = windows_batch["insample_mask"]
        history = windows_batch["hist_exog"].squeeze(-1).transpose(1, 2)
        past = torch.cat([windows_batch["insample_y"], history], dim=2) * mask
        states = self.past(past.flatten(1)) + self.future(windows_batch["futr_exog"].flatten(1))
        states = torch.cat([states.tanh(), windows_batch["stat_exog"]], dim=1)
        return self.head(states).reshape(-1, 4, 1, 3)


def inputs():
    mask = torch.ones(4, 8, 1)
    mask[2, :3] = 0
    return {
        "insample_y": torch.randn(4, 8, 1) * mask,
        "insample_mask": mask,
        "hist_exog": torch.randn(4, 2, 8, 1) * mask.transpose(1, 2)[..., None],
        "futr_exog": torch.randn(4, 2, 12, 1),
        "stat_exog": torch.randn(4, 1),
    }


def batch(given):
    fields = {
        "hist_exog": Field(given["hist_exog"], "signal", ("sample", "history", "time", "series")),
        "futr_exog": Field(given["futr_exog"], "known-future", ("sample", "known", "window", "series")),
    }
    exists = given["insample_mask"][..., 0]
    return from_tensors(given["insample_y"], exists=exists, static=given["stat_exog"], fields=fields)


def wrapped(module):
    def forward(module, batch):
        given = {"insample_y": batch.x, "insample_mask": batch.exists[..., None].to(batch.x), "stat_exog": batch.static}
        return module(given | {name: batch[name] for name in batch.fields})

    return TorchModel(module, forward, axes=("horizon", "series", "quantile"))


def direct(module, given):
    return module(given)


CASE = Case(Load, inputs, batch, wrapped, direct, Target.output(horizon=1, quantile=2))
