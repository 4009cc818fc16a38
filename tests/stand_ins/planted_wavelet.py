"""A teacher that computes from wavelet coefficients, small enough to be distilled in a test."""

import pywt
import torch
from torch import Tensor, nn

from aition import Batch, TorchModel, from_tensors
from aition.distill import AdaptiveWavelet
from aition.transform.periodic import analysed

QUICK = AdaptiveWavelet(length=4, starts=8, steps=5, finalists=4, polish=30, sample=32)


class Planted(nn.Module):
    """Adds up positive wavelet coefficients with fixed weights, ``[sample, 1]``."""

    def __init__(self, name: str, *, n_time: int, levels: int, n_read: int = 6) -> None:
        super().__init__()
        draws = torch.Generator().manual_seed(1)
        self.levels = levels
        self.lowpass: Tensor
        self.place: Tensor
        self.register_buffer("lowpass", torch.tensor([pywt.Wavelet(name).rec_lo]))
        self.register_buffer("place", torch.randperm(n_time - (n_time >> levels), generator=draws)[:n_read])
        self.weight = nn.Parameter(torch.randn(n_read, generator=draws))

    def forward(self, x: Tensor) -> Tensor:
        parts = analysed(x[None, :, :, 0], self.lowpass, levels=self.levels)[1:]
        found = torch.cat([part[0] for part in parts], dim=1)[:, self.place]
        return (found.relu() * self.weight).sum(dim=1, keepdim=True)


def noise(n_sample: int = 64, n_time: int = 32) -> Batch:
    """White noise, whose label is its largest value."""
    x = torch.randn(n_sample, n_time, 1, generator=torch.Generator().manual_seed(3))
    return from_tensors(x, label=x[:, :, 0].abs().amax(dim=1))


def teacher() -> TorchModel:
    return TorchModel(Planted("db2", n_time=32, levels=3))
