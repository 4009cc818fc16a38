"""A convolutional reference network that knows, roughly, where in a series it saw something."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from aition.models.padding import aligned


class SegmentClassifier(nn.Module):
    """Convolutions and ReLUs, the mean over the steps of each segment, and a linear layer over all segments.

    Each series is cut into segments of nearly equal length, counted over its existing steps, so a series of any length
    is read; a series of fewer steps than segments lacks some of them.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        n_segment: Segments of a series.
        channels: Channels of each layer.
        kernel: Steps that one convolution sees; odd.

    >>> network = SegmentClassifier(2, 3)
    >>> network(torch.zeros(4, 5, 2), torch.ones(4, 5).bool()).shape
    torch.Size([4, 3])
    """

    def __init__(
        self,
        n_feature: int,
        n_class: int,
        *,
        n_segment: int = 10,
        channels: Sequence[int] = (32, 32),
        kernel: int = 5,
    ) -> None:
        super().__init__()
        self.n_segment = n_segment
        sizes = [n_feature, *channels]
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, kernel, padding="same") for before, after in pairwise(sizes)
        )
        self.bends = nn.ModuleList(nn.ReLU() for _ in self.layers)
        self.head = nn.Linear(n_segment * sizes[-1], n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        x, there = aligned(x, exists, x.shape[1])
        states = x.transpose(1, 2)
        for layer, bend in zip(self.layers, self.bends, strict=True):
            states = bend(layer(states)) * there[:, None]
        step, length = torch.arange(x.shape[1], device=x.device), there.sum(dim=1, keepdim=True)
        segment = (step * self.n_segment).div(length, rounding_mode="floor").clamp(max=self.n_segment - 1)
        inside = nn.functional.one_hot(segment, self.n_segment).to(x.dtype) * there[:, :, None]
        means = states @ (inside / inside.sum(dim=1, keepdim=True).clamp(min=1))
        logits: Tensor = self.head(means.flatten(1))
        return logits
