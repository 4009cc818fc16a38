"""Blind methods: rankings that never ask the model, beside which a method has to show what it knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aition.core.batch import Batch
from aition.core.draws import cell_coordinates, uniform
from aition.core.model import Model
from aition.core.question import Question
from aition.core.variables import Variables
from aition.registry import explainer
from aition.registry.values import made, values_of

CELLS = ("sample", "time", "feature")


@dataclass(frozen=True)
class Random:
    """Attribute by chance: every cell alike.

    Args:
        seed: Of the draws, which hang on the sample and the cell alone.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in (0, 1).
    """

    seed: int = 0

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        return {"attribution": (CELLS, uniform(batch.keys[:, None, None], self.seed, *cell_coordinates(batch)[1:]))}


@dataclass(frozen=True)
class Magnitude:
    """Attribute by the size of each value, whatever the model does with it.

    It does well where the data alone give the truth away: large values that matter because they were planted. What
    beats it there has learned nothing from the model that the series do not show by themselves.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of ``x``, 0 or more.
    """

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        return {"attribution": (CELLS, batch.x.abs())}


BLIND: dict[str, type[Any]] = {"random": Random, "magnitude": Magnitude}
"""Methods of the bench alone; they explain nothing, so no other command offers them."""


def method(name: str, given: Mapping[str, Any], *, preset: str = "") -> Any:
    """A method of the bench by its name: a blind one, else an explainer.

    Args:
        name: Such as "magnitude" or "occlusion".
        given: Settings as words.
        preset: Of an explainer.

    Raises:
        InputError: There is none of this name, or a setting is not one it has.

    >>> method("random", {"seed": "7"})
    Random(seed=7)
    """
    if name in BLIND and not preset:
        return made(BLIND[name], values_of(BLIND[name], given))
    return explainer(name, given, preset=preset)
