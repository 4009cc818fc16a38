"""pytorch-forecasting: a dict of encoder and decoder parts in, a named tuple ``[sample, horizon, quantile]`` out."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from aition import Field, Target, TorchModel, from_tensors
from stand_ins.case import Case


class Output(NamedTuple):
    """What the library answers."""

    prediction: Tensor
    attention: Tensor


class Sales(nn.Module):
    """An encoder over the past, a decoder over what is known of the future, three quantiles in units of the target."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = nn.Embedding(5, 2)
        self.encoder = nn.GRU(5, 8, batch_first=True)
        self.decoder = nn.GRU(2, 8, batch_first=True)
        self.quantiles = nn.Linear(8, 3)

    def forward(self, x: dict[str, Tensor]) -> Output:
        past = torch.cat([x["encoder_cont"], self.shop(x["encoder_cat"][..., 0])], dim=2)
        states, _ = self.encoder(past)
        state = states[torch.arange(len(past)), x["encoder_lengths"] - 1]
        future, _ = self.decoder(x["decoder_cont"], state[None].contiguous())
        centre, scale = x["target_scale"][:, None, :1], x["target_scale"][:, None, 1:]
        return Output(prediction=self.quantiles(future) * scale + centre, attention=states)


def inputs():
    return {
        "encoder_cont": torch.randn(4, 7, 3),
        "encoder_cat": torch.randint(0, 5, (4, 7, 1)),
        "encoder_lengths": torch.tensor([7, 4, 6, 2]),
        "decoder_cont": torch.randn(4, 5, 2),
        "target_scale": torch.rand(4, 2) + 1,
    }


def batch(given):
    fields = {
        "encoder_cat": Field(given["encoder_cat"], "ids", ("sample", "time", "category")),
        "decoder_cont": Field(given["decoder_cont"], "known-future", ("sample", "horizon", "known")),
        "target_scale": Field(given["target_scale"], "context", ("sample", "scale")),
    }
    return from_tensors(given["encoder_cont"], lengths=given["encoder_lengths"], fields=fields)


def wrapped(module):
    def forward(module, batch):
        further = {name: batch[name] for name in batch.fields}
        return module({"encoder_cont": batch.x, "encoder_lengths": batch.lengths, **further}).prediction

    return TorchModel(module, forward, axes=("horizon", "quantile"))


def direct(module, given):
    return module(given).prediction


CASE = Case(Sales, inputs, batch, wrapped, direct, Target.output(horizon=3, quantile=1))
