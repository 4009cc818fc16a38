"""Convolutional reference networks."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from aition.models.padding import aligned, mean, normalised


class ConvClassifier(nn.Module):
    """Convolutions and ReLUs, the mean over existing steps, and a linear layer.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        channels: Channels of each layer.
        kernel: Steps that one convolution sees; odd.
    """

    def __init__(self, n_feature: int, n_class: int, *, channels: Sequence[int] = (32, 32), kernel: int = 7) -> None:
        super().__init__()
        sizes = [n_feature, *channels]
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, kernel, padding="same") for before, after in pairwise(sizes)
        )
        self.bends = nn.ModuleList(nn.ReLU() for _ in self.layers)
        self.head = nn.Linear(sizes[-1], n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        x, there = aligned(x, exists, x.shape[1])
        states = x.transpose(1, 2)
        for layer, bend in zip(self.layers, self.bends, strict=True):
            states = bend(layer(states)) * there[:, None]
        logits: Tensor = self.head(mean(states.transpose(1, 2), there))
        return logits


class ResidualBlock(nn.Module):
    """Convolutions with batch normalisation, and a shortcut around them.

    Args:
        n_before: Channels that come in.
        n_after: Channels that go out.
        kernels: Steps that each convolution sees; odd.
    """

    def __init__(self, n_before: int, n_after: int, *, kernels: Sequence[int]) -> None:
        super().__init__()
        sizes = [n_before, *[n_after] * len(kernels)]
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, kernel, padding="same", bias=False)
            for before, after, kernel in zip(sizes, sizes[1:], kernels, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(n_after) for _ in kernels)
        self.bends = nn.ModuleList(nn.ReLU() for _ in kernels)
        self.shortcut = nn.Conv1d(n_before, n_after, 1)

    def forward(self, states: Tensor, there: Tensor) -> Tensor:
        """States ``[sample, channel, time]``, padding 0."""
        inner, around = states, self.shortcut(states) * there[:, None]
        for place, (layer, norm, bend) in enumerate(zip(self.layers, self.norms, self.bends, strict=True), start=1):
            inner = normalised(norm, layer(inner), there)  # type: ignore[arg-type]
            inner = bend(inner + around if place == len(self.layers) else inner)
        return inner


class ResNetClassifier(nn.Module):
    """Residual blocks of three convolutions, the mean over existing steps, and a linear layer.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        channels: Channels of each block.
        kernels: Steps that the convolutions of a block see; odd.

    References:
        Wang, Yan, Oates (2017), Time series classification from scratch with deep neural networks, figure 1c.
    """

    def __init__(
        self, n_feature: int, n_class: int, *, channels: Sequence[int] = (16, 32), kernels: Sequence[int] = (7, 5, 3)
    ) -> None:
        super().__init__()
        sizes = [n_feature, *channels]
        self.blocks = nn.ModuleList(ResidualBlock(before, after, kernels=kernels) for before, after in pairwise(sizes))
        self.head = nn.Linear(sizes[-1], n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        x, there = aligned(x, exists, x.shape[1])
        states = x.transpose(1, 2)
        for block in self.blocks:
            states = block(states, there)
        logits: Tensor = self.head(mean(states.transpose(1, 2), there))
        return logits
