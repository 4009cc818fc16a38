"""Imputers by name, fitted on a background as words ask."""

import types
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Union, get_args, get_origin, get_type_hints

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.imputer import Imputer
from aition.registry.known import explainer_class, imputers
from aition.registry.values import fit_of, imputer_words


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


def imputing(name: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings of an explainer in which words name an imputer that must be fitted before the explainer is made.

    >>> imputing("occlusion", {"baseline": "gaussian-imputer", "window": "3"})
    ('baseline',)
    """
    hints = get_type_hints(explainer_class(name))
    given = {key: str(key).replace("-", "_") for key in settings}
    takes = {key for key, field in given.items() if field in hints and Imputer in kinds_of(hints[field])}
    return tuple(key for key in settings if key in takes and names_imputer(settings[key]))


def kinds_of(hint: Any) -> tuple[Any, ...]:
    """What an annotation is one of."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def names_imputer(words: Any) -> bool:
    """Whether words are the name of an imputer that is fitted, or JSON with such a name."""
    with suppress(InputError):
        return imputer_words(words, "an imputer")[0] in imputers()
    return False
