"""Hugging Face time series: keywords in, an output object with attributes out."""

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

from aition import Target, TorchModel, from_tensors
from stand_ins.case import Case


class ModelOutput(OrderedDict):
    """A dict whose entries are attributes too."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(name)


class Patches(nn.Module):
    """A transformer over patches of two steps, scaled by what was observed."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(2 * 3, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.head = nn.Linear(8 + 2, 4 * 3)

    def forward(
        self, past_values: Tensor, past_observed_mask: Tensor, static_real_features: Tensor, return_loss: bool = False
    ) -> ModelOutput:
        mask = past_observed_mask.to(past_values.dtype)
        mean = (past_values * mask).sum(dim=1, keepdim=True) / mask.sum(dim=1, keepdim=True).clamp(min=1)
        patches = ((past_values - mean) * mask).unflatten(1, (-1, 2)).flatten(2)
        states = self.encoder(self.embed(patches)).mean(dim=1)
        ahead = self.head(torch.cat([states, static_real_features], dim=1)).unflatten(1, (4, 3))
        return ModelOutput(loss=None, prediction_outputs=ahead + mean)


def inputs():
    observed = torch.rand(4, 8, 3) > 0.2
    return {
        "past_values": torch.randn(4, 8, 3) * observed,
        "past_observed_mask": observed,
        "static_real_features": torch.randn(4, 2),
    }


def batch(given):
    return from_tensors(
        given["past_values"], observed=given["past_observed_mask"], static=given["static_real_features"]
    )


def wrapped(module):
    def forward(module, batch):
        further = {"past_observed_mask": batch.observed, "static_real_features": batch.static}
        return module(past_values=batch.x, **further).prediction_outputs

    return TorchModel(module, forward, axes=("horizon", "channel"))


def direct(module, given):
    return module(**given).prediction_outputs


CASE = Case(Patches, inputs, batch, wrapped, direct, Target.output(horizon=3, channel=0))
