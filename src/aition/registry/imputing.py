"""Imputers by name, fitted on a background as words ask."""

from typing import Any

from aition.core.batch import Batch
from aition.impute.imputer import Imputer
from aition.registry.values import fit_of


def imputer(words: Any, background: Batch) -> Imputer:
    """An imputer by name, or by JSON with its name and the settings of its fit.

    Args:
        words: Such as "gaussian-imputer", or ``{"name": "hot-deck", "nearest": 3}``.
        background: What it is fitted on.

    Raises:
        InputError: The name or a setting is unknown, or it can't be fitted on this background.

    >>> from aition import from_tensors
    >>> import torch
    >>> imputer('{"name": "hot-deck", "nearest": 3}', from_tensors(torch.rand(5, 4, 1))).nearest
    3
    """
    return fit_of(words, "an imputer")(background)
