"""Imputers by name, fitted on a background as words ask."""

import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, get_type_hints

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.provenance import kebab
from aition.impute.imputer import Imputer
from aition.registry.known import imputers, likely
from aition.registry.values import json_of, value_of


def names_imputer(words: Any) -> bool:
    """Whether words are the name of an imputer that is fitted, or JSON with such a name.

    >>> names_imputer("gaussian-imputer"), names_imputer('{"name": "hot-deck", "nearest": 3}'), names_imputer("fixed")
    (True, True, False)
    """
    with suppress(InputError):
        return settings_of(words)[0] in imputers()
    return False


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
    name, settings = settings_of(words)
    known = imputers()
    if name not in known:
        raise InputError(f"an imputer must be one of {', '.join(known)}, but is {name!r}{likely(name, known)}")
    fit = known[name].fit
    hints = get_type_hints(fit)
    offered = [part for part in inspect.signature(fit).parameters if part != "background"]
    given = {str(key).replace("-", "_"): value for key, value in settings.items()}
    if unknown := [key for key in given if key not in offered]:
        raise InputError(
            f"the fit of {name} has the settings {', '.join(offered) or 'none'}, but not {unknown[0]!r}"
            f"{likely(unknown[0], offered)}"
        )
    found = fit(background, **{key: value_of(one, hints[key], f"{name}'s {key}") for key, one in given.items()})
    if not isinstance(found, Imputer):
        raise InputError(f"{kebab(type(found).__name__)} is no imputer")
    return found


def settings_of(words: Any) -> tuple[str, Mapping[str, Any]]:
    """A name and settings, of words or of JSON."""
    value = json_of(words, "an imputer") if isinstance(words, str) and words.lstrip().startswith("{") else words
    if isinstance(value, Mapping):
        return str(value.get("name", "")), {key: one for key, one in value.items() if key != "name"}
    return str(value), {}
