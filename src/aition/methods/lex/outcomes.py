"""Answers as outcomes that have a chance: classes as they are, values by the intervals that they lie in."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from aition.methods.lex.likelihood import Classes, Likelihood


def edges_of(likelihood: Likelihood, wanted: Tensor, bins: int) -> Tensor:
    """Where the intervals meet, so that each holds an equal share of what is wanted, ``[answer, edge]``.

    A density of values that the selected cells decide has no highest value, so two networks would be compared by how
    sharp they are; the chance of an interval is 1 at most.

    Args:
        likelihood: Classes have no edges.
        wanted: Values, ``[sample, output]``.
        bins: Intervals.

    >>> from aition.methods.lex.likelihood import Gaussian
    >>> edges_of(Gaussian(), torch.arange(9.0)[:, None], 2).tolist()
    [[4.0]]
    """
    if isinstance(likelihood, Classes):
        return wanted.new_zeros(1, 0)
    share = torch.arange(1, bins, dtype=torch.float64, device=wanted.device) / bins
    return torch.quantile(wanted.double(), share, dim=0).T.to(wanted)


def outcomes_of(wanted: Tensor, edges: Tensor) -> Tensor:
    """What is wanted as chances of outcomes, ``[sample, answer, outcome]``.

    >>> outcomes_of(torch.tensor([[3.0], [7.0]]), torch.tensor([[4.0]])).tolist()
    [[[1.0, 0.0]], [[0.0, 1.0]]]
    """
    if not edges.shape[1]:
        return wanted[:, None]
    place = (wanted[:, :, None] > edges).sum(dim=2)
    return functional.one_hot(place, edges.shape[1] + 1).to(wanted.dtype)


def chances_of(likelihood: Likelihood, outputs: Tensor, spread: nn.Module, edges: Tensor) -> Tensor:
    """The chance of each outcome by a predictor's outputs, ``[row, answer, outcome]``.

    Args:
        likelihood: Of classes, or of values with a normal error.
        outputs: Of the predictor, ``[row, output]``.
        spread: What the likelihood learned.
        edges: Of :func:`edges_of`.
    """
    if not edges.shape[1]:
        return likelihood.expected(outputs)[:, None]
    width = dict(spread.named_parameters())["log_width"].to(outputs).exp()
    below = 0.5 * torch.erfc((outputs - edges.T[:, None]) / width / math.sqrt(2))
    whole = torch.cat([torch.zeros_like(below[:1]), below, torch.ones_like(below[:1])])
    return whole.diff(dim=0).permute(1, 2, 0)
