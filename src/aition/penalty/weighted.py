"""Weighted: a penalty with its claims and its strength, as training loops take it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.penalty.claims import Claim


class Penalty(Protocol):
    """What a model pays for contradicting a claim."""

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        """A scalar to be added to the loss, with gradients of the weights; model and random state stay as found."""


@dataclass(frozen=True)
class Weighted:
    """A penalty summed over claims, times its strength: what ``aition.models.fit(…, penalty=)`` takes.

    Args:
        penalty: Such as ``OcclusionPenalty()``.
        claims: What is known, one or several.
        strength: What the sum is multiplied by (λ).

    >>> from aition import from_tensors
    >>> from aition.penalty import Features, MustNotMatter, OcclusionPenalty
    >>> model, batch = TorchModel(torch.nn.Linear(2, 2)), from_tensors(torch.ones(3, 4, 2))
    >>> claim = MustNotMatter(Features("f1"))
    >>> priced = Weighted(OcclusionPenalty(), [claim], strength=10.0)
    >>> bool(priced(model, batch) == 10 * OcclusionPenalty()(model, batch, claim))
    True
    """

    penalty: Penalty
    claims: Sequence[Claim]
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.claims, Iterable):
            raise InputError(f"claims must be several, such as [MustNotMatter(…)], but is {self.claims!r}")
        object.__setattr__(self, "claims", tuple(self.claims))
        if not self.claims:
            raise InputError("claims must be one or more, such as [MustNotMatter(Features('site'))]")
        if not 0 <= self.strength < math.inf:
            raise InputError(f"strength must be 0 or more and finite, but is {self.strength}")

    def __call__(self, model: TorchModel, batch: Batch) -> Tensor:
        return self.strength * torch.stack([self.penalty(model, batch, claim) for claim in self.claims]).sum()
