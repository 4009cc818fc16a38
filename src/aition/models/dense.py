"""A multilayer perceptron as reference network."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from aition.core.errors import InputError
from aition.models.padding import aligned


class MLPClassifier(nn.Module):
    """Linear layers and ReLUs over all steps of a series at once, shorter series filled up with 0.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        n_time: Steps of the longest series.
        hidden: Sizes of the hidden layers.
    """

    def __init__(self, n_feature: int, n_class: int, *, n_time: int, hidden: Sequence[int] = (64,)) -> None:
        super().__init__()
        self.n_time = n_time
        sizes = [n_time * n_feature, *hidden]
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))
        self.bends = nn.ModuleList(nn.ReLU() for _ in self.layers)
        self.head = nn.Linear(sizes[-1], n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        if (longest := int(exists.sum(dim=1).max())) > self.n_time:
            raise InputError(f"series must have at most n_time={self.n_time} steps, but one has {longest}")
        states = aligned(x, exists, self.n_time)[0].flatten(1)
        for layer, bend in zip(self.layers, self.bends, strict=True):
            states = bend(layer(states))
        logits: Tensor = self.head(states)
        return logits
