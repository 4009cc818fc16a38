"""Recurrent reference networks."""

import torch
from torch import Tensor, nn

from aition.models.padding import aligned, last, restored, turned


class GRUClassifier(nn.Module):
    """A GRU whose state at the last existing step is classified (or its state at every step).

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        n_hidden: Size of the state.
        n_layer: GRU layers.
        per_step: Answer for every step instead of the last one.
    """

    def __init__(
        self, n_feature: int, n_class: int, *, n_hidden: int = 32, n_layer: int = 1, per_step: bool = False
    ) -> None:
        super().__init__()
        self.per_step = per_step
        self.recurrent = nn.GRU(n_feature, n_hidden, n_layer, batch_first=True)
        self.head = nn.Linear(n_hidden, n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``, or ``[sample, time, class]`` per step (without meaning in the padding)."""
        x, there = aligned(x, exists, x.shape[1])
        states, _ = self.recurrent(x)
        logits: Tensor = self.head(restored(states, exists) if self.per_step else last(states, there))
        return logits


class LSTMClassifier(nn.Module):
    """Two LSTMs, one from the first step and one from the last existing step, whose final states are classified.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        n_hidden: Size of each direction's state.
    """

    def __init__(self, n_feature: int, n_class: int, *, n_hidden: int = 32) -> None:
        super().__init__()
        self.onward = nn.LSTM(n_feature, n_hidden, batch_first=True)
        self.backward_in_time = nn.LSTM(n_feature, n_hidden, batch_first=True)
        self.head = nn.Linear(2 * n_hidden, n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        x, there = aligned(x, exists, x.shape[1])
        onward, _ = self.onward(x)
        backward, _ = self.backward_in_time(turned(x, there))
        logits: Tensor = self.head(torch.cat([last(onward, there), last(backward, there)], dim=1))
        return logits
