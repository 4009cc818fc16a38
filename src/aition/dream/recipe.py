"""Recipes: how a dream is made."""

import math
from dataclasses import dataclass, field, replace

from aition.core.errors import InputError
from aition.dream.aims import Aim, Level, Most
from aition.dream.parameterisations import (
    Change,
    Frequencies,
    Latent,
    Parameterisation,
    Phases,
    PrincipalComponents,
    Time,
    Words,
)
from aition.dream.regularisers import (
    Clamping,
    ExponentialSmoothing,
    Filter,
    GaussianSmoothing,
    Penalty,
    Squares,
    TotalVariation,
)
from aition.dream.variations import Jitter, Noise, Scaling, Variation


@dataclass(frozen=True)
class Recipe:
    """Settings of a dream: what is optimised, how far, and what keeps it in bounds.

    Args:
        parameterisation: The numbers that are optimised, and the series that they make.
        aim: How far the objective is driven.
        filters: What smooths the series, in the graph, in this order.
        penalties: What the series costs.
        own: Whether dreams begin at, and are made of, real series alone that the model itself puts into the objective's
            classes, or else of all. Labels have no say, so that a model is lent nothing that it does not know.
        variations: Small changes under which the activation is to last, one after another, drawn anew at each step.
        plain: Share of the steps, at the end, in which nothing is varied.
        steps: Steps of Adam.
        rate: Their size; it falls to 0 by half a wave of a cosine.
        seed: Of all chance.
    """

    parameterisation: Parameterisation = field(default_factory=PrincipalComponents)
    aim: Aim = field(default_factory=Level)
    filters: tuple[Filter, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    own: bool = True
    variations: tuple[Variation, ...] = (Jitter(), Scaling(), Noise())
    plain: float = 0.25
    steps: int = 200
    rate: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise InputError(f"steps must be a whole number, 1 or more, but is {self.steps!r}")
        if not 0 < self.rate < math.inf:
            raise InputError(f"rate must be above 0 and finite, but is {self.rate}")
        if not 0 <= self.plain <= 1:
            raise InputError(f"plain must be a share from 0 to 1, but is {self.plain}")


def smooth(filter: Filter) -> Recipe:
    """Values by themselves, smoothed, held within the real range, and small."""
    return Recipe(
        Time(), Most(), filters=(filter, Clamping()), penalties=(Squares(0.1), TotalVariation(0.5)), variations=()
    )


PRESETS = {
    "plain": Recipe(Time(), Most(), variations=()),
    "sequence-dreaming-style": smooth(GaussianSmoothing()),
    "sequence-dreaming-style-ema": smooth(ExponentialSmoothing()),
    "lucid": Recipe(Frequencies(), Most()),
    "maco": Recipe(Phases(), Most()),
    "maco-mean": Recipe(Phases("mean"), Most()),
    "calibrated": Recipe(),
    "autoencoder": Recipe(Latent()),
    "delta": Recipe(Change(), Level(share=0.0), variations=()),
    "words": Recipe(Words(), Level(share=0.0), variations=()),
}
"""Recipes by name."""


def preset(name: str, **changes: object) -> Recipe:
    """A recipe by its name.

    Args:
        name: One of :data:`PRESETS`.
        changes: Fields that differ.

    Raises:
        InputError: There is none of that name.

    >>> preset("calibrated", steps=50).steps
    50
    """
    if name not in PRESETS:
        raise InputError(f"preset must be one of {', '.join(PRESETS)}, but is {name!r}")
    return replace(PRESETS[name], **changes)  # type: ignore[arg-type]
