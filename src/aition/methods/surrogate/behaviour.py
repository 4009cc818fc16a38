"""Behaviour: how a model's answers lie to each other, and whether a surrogate's lie likewise."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.precision import varies


@dataclass(frozen=True, eq=False)
class Behaviour:
    """What a model says of series, and how a surrogate is held to it.

    Args:
        centre: Mean of each output over the background, ``[output]``, in units of the outputs.
        spread: Deviation of all outputs from their means over the background, one number, likewise; 1 where they never
            vary.
        usual: What is said where nothing is known, ``[output]``: the log of the classes' mean chances, else ``centre``.
        classes: Whether the outputs are logits of classes.
    """

    centre: Tensor
    spread: Tensor
    usual: Tensor
    classes: bool

    @classmethod
    def of(cls, outputs: Tensor, *, classes: bool) -> "Behaviour":
        """The behaviour of ``outputs [sample, output]``; of classes, what is added to all logits does not count."""
        logits = outputs.log_softmax(dim=1) if classes else outputs
        centre = logits.mean(dim=0)
        spread = (logits - centre).square().mean().sqrt()
        usual = logits.logsumexp(dim=0) - math.log(len(logits)) if classes else centre
        return cls(centre, torch.where(varies(spread, centre.abs().amax()), spread, 1), usual, classes)

    def place(self, outputs: Tensor) -> Tensor:
        """Where outputs lie, ``[sample, output]``, without a unit."""
        logits = outputs.log_softmax(dim=1) if self.classes else outputs
        return (logits - self.centre.to(logits)) / self.spread.to(logits)

    def distance(self, outputs: Tensor, said: Tensor) -> Tensor:
        """How far a surrogate's outputs are from the model's, ``[sample]``.

        The Kullback-Leibler divergence of classes, in nats; else the mean of squares, in deviations of the background.

        Args:
            outputs: Of the model, ``[sample, output]``.
            said: By the surrogate: logits of classes, or places of outputs; likewise.
        """
        if not self.classes:
            return (self.place(outputs) - said).square().mean(dim=1)
        wanted = outputs.log_softmax(dim=1)
        return functional.kl_div(said.log_softmax(dim=1), wanted, reduction="none", log_target=True).sum(dim=1)


def consistency(place: Tensor, latent: Tensor) -> Tensor:
    """Mean over pairs of series of the squared difference between their distances in two spaces, one number.

    Args:
        place: Where a model puts series, ``[sample, output]``.
        latent: Where a surrogate puts them, ``[sample, component]``.

    References:
        Queen et al., "Encoding time-series explanations through self-supervised model behavior consistency", NeurIPS
        2023, section 4.3; there the cosine stands for the distance, which one number alone does not have.

    >>> place = torch.tensor([[0.0], [1.0], [3.0]])
    >>> consistency(place, 5 - place).item(), consistency(place, 2 * place).item() > 0
    (0.0, True)
    """
    return (distances(place) - distances(latent)).square().mean()


def distances(place: Tensor) -> Tensor:
    """Distances between all pairs, ``[sample, sample]``, in deviations: roots of mean squares over the columns."""
    squares = (place[:, None] - place[None]).square().mean(dim=2)
    # The root has no slope at 0, where a series meets itself.
    return torch.where(squares > 0, squares.clamp(min=torch.finfo(squares.dtype).tiny).sqrt(), 0)
