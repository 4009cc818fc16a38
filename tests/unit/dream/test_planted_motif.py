"""A change shows what was planted: the truth is known, and the network knows it exactly."""

import numpy as np
import torch
from torch import nn

from aition import TorchModel
from aition.data.simulate import PlantedMotif
from aition.dream import Margin, dream, preset
from aition.metrics import active_share, energy_within, pattern_likeness

LAW = PlantedMotif(n_sample=80, n_time=100, length=24)


class Matching(nn.Module):
    """A filter of the motif at every place, of which answers above a half are added up."""

    def __init__(self) -> None:
        super().__init__()
        motif = torch.as_tensor(LAW.motif, dtype=torch.float32)
        self.register_buffer("weight", (motif / motif.square().sum())[None, None])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        said = nn.functional.conv1d(x.transpose(1, 2), self.weight)
        there = torch.relu(said - 0.5).sum(dim=(1, 2))
        return torch.stack([0.1 - there, there - 0.1], dim=1)


def test_a_change_puts_the_motif_in_at_one_place_and_takes_it_out_where_it_was():
    drawn = LAW(seed=1000)
    model, label = TorchModel(Matching()), drawn.batch.label
    without = drawn.batch.take((label == 0).nonzero()[:8, 0])
    put = dream(model, drawn.batch, Margin(1), recipe=preset("delta"), places=without, judges=(), progress="off")
    change = put.value.values - without.x.numpy()
    likeness, place = pattern_likeness(change, LAW.motif[:, None])
    assert likeness.min() > 0.6
    assert active_share(change, least=1e-5).max() < 0.25
    assert np.median(energy_within(change, place, 24)) > 0.95

    holding = drawn.batch.take((label == 1).nonzero()[:8, 0])
    out = dream(model, drawn.batch, Margin(0), recipe=preset("delta"), places=holding, judges=(), progress="off")
    change = out.value.values - holding.x.numpy()
    assert np.median(energy_within(change, holding["place"].numpy(), 24)) > 0.95
    assert (pattern_likeness(-change, LAW.motif[:, None])[0] > 0.3).all()
