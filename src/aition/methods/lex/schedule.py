"""Schedules of learning: how long, how fast, and for how long a selector is kept from making up its mind."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

COOLED = 0.4
"""Share of the epochs after which no warmth is left."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast is learned.

    Args:
        epochs: Passes over the samples.
        batch_size: Samples a step.
        rate: Step of Adam for the selector; it falls to 0 along a cosine.
        predictor_rate: The same for a predictor.
        seed: Of the samples' order, of masks and of dropout.
        decay: Share by which a step shrinks the selector's weights, not its biases, in units of ``rate``.
        warmth: Nats that a nat of :func:`doubt` is worth at the start.
    """

    epochs: int
    batch_size: int
    rate: float
    predictor_rate: float
    seed: int
    decay: float = 0.0
    warmth: float = 0.0

    def share_at(self, epoch: float) -> float:
        """What is left of the rates after so many epochs, in [0, 1]."""
        return 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / self.epochs)))

    def warmth_at(self, epoch: float) -> float:
        """The warmth after so many epochs; it falls to 0 along a line, and is 0 in the last three fifths.

        References:
            Rose, Gurewitz and Fox, "A deterministic annealing approach to clustering", Pattern Recognition Letters
            1990.

        >>> schedule = Schedule(10, 100, 1e-3, 1e-3, 0, warmth=0.02)
        >>> [schedule.warmth_at(epoch) for epoch in (0, 2, 4, 9)]
        [0.02, 0.01, 0.0, 0.0]
        """
        return self.warmth * max(0.0, 1 - epoch / (COOLED * self.epochs))


def doubt(inclusion: Tensor) -> Tensor:
    """How undecided a selector is: the entropy of each group by itself, their sum, the mean over series, in nats.

    Args:
        inclusion: Chances that groups are selected, ``[sample, group]``, in [0, 1].

    >>> doubt(torch.tensor([[0.5, 1.0, 0.5]]))  # two coins
    tensor(1.3863)
    """
    inside = inclusion.clamp(1e-6, 1 - 1e-6)
    return -(torch.xlogy(inside, inside) + torch.xlogy(1 - inside, 1 - inside)).sum(dim=1).mean()
