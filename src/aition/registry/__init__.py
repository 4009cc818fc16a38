"""Explainers by name, and their settings read from words or JSON."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aition.core.errors import InputError
from aition.registry.cards import Card, Setting, card
from aition.registry.imputing import imputer
from aition.registry.known import explainer_class, explainers, likely, presets
from aition.registry.values import made, values_of

__all__ = ["Card", "Setting", "card", "explainer", "explainers", "imputer"]


def explainer(name: str, settings: Mapping[str, Any] | None = None, *, preset: str = "") -> Any:
    """An explainer by name, with settings as words or JSON values.

    Args:
        name: Such as "integrated-gradients".
        settings: By field; a setting that is itself an object is written as its name, or as ``{"name": …, …}``; one
            that is a Batch as the path of its file; an imputer as its name, or with the settings of its fit. It is
            still to be fitted then: see :func:`aition.impute.unfitted.fitted`.
        preset: One of the published settings that the explainer offers, such as "paper"; empty for its own defaults.
            The settings given take the place of the preset's.

    Raises:
        InputError: The name, a field or a value is unknown; the message names those there are.

    >>> explainer("integrated-gradients", {"steps": "64"}).steps
    64
    """
    make = explainer_class(name)
    values = values_of(make, settings or {})
    if not preset:
        return made(make, values)
    offered = presets(make)
    if preset not in offered:
        words = f"must be one of {', '.join(offered)}" if offered else "is not to be given, for it has none"
        raise InputError(f"preset of {name} {words}, but is {preset!r}{likely(preset, offered)}")
    return replace(getattr(make, preset)(), **values)
