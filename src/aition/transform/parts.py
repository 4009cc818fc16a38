"""A series as the sum of its components' parts: the split of an input by a transform."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.transform.components import Components, Transform

TOGETHER = 16
"""Components that are brought back at once."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What each component adds to series.

    Args:
        value: ``[component, sample, time, feature]``.
        rest: What is of no component: the residual, what a transform adds by itself (such as a mean), and what is held
            fixed, ``[sample, time, feature]``; parts and rest add up to the series.
        components: Which they are.
    """

    value: Tensor
    rest: Tensor
    components: Components


def parts(transform: Transform, x: Tensor) -> Parts:
    """Split series without padding into what each component adds, ``inverse(of it alone) - inverse(of nothing)``.

    Args:
        transform: Whose components.
        x: ``[sample, time, feature]``.

    References:
        Singh et al., "Transformation importance with applications to cosmology", 2020: contextual decomposition needs
        nothing of a transform but this split of the input.

    >>> from aition.transform import FourierBands
    >>> x = torch.rand(2, 9, 1)
    >>> split = parts(FourierBands((0.2,)), x)
    >>> torch.allclose(split.value.sum(dim=0) + split.rest, x, atol=1e-6)
    True
    """
    found = transform.components(x.shape[1], x.shape[2])
    value = torch.cat(list(in_turn(transform, transform.forward(x), found, n_time=x.shape[1])))
    return Parts(value, x - value.sum(dim=0), found)


def in_turn(transform: Transform, coefficients: Tensor, components: Components, *, n_time: int) -> Iterator[Tensor]:
    """Parts of some components after others, ``[component, sample, time, feature]``."""
    nothing = transform.inverse(torch.zeros_like(coefficients[:1]), n_time=n_time)
    of = components.of.to(coefficients.device)
    for which in torch.arange(len(components), device=of.device).split(TOGETHER):
        alone = coefficients * (of == which[:, None])[:, None, :, None].to(coefficients)
        back = transform.inverse(alone.flatten(0, 1), n_time=n_time)
        yield back.unflatten(0, alone.shape[:2]) - nothing


def recovered(transform: Transform, x: Tensor) -> tuple[Tensor, Tensor]:
    """Series as a transform brings them back, and the residual, both ``[sample, time, feature]``."""
    back = transform.inverse(transform.forward(x), n_time=x.shape[1])
    return back, x - back
