"""Versions that a row's figures may hang on."""

import platform
import re
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from typing import Any

ALWAYS = ("aition", "torch", "numpy")


def versions(how: Any) -> dict[str, str]:
    """Versions of Python, of what always counts, and of the packages that an explainer stands on, by name.

    >>> from aition.methods import Captum, Saliency
    >>> set(versions(Captum("Saliency"))) - set(versions(Saliency()))
    {'captum'}
    """
    found = {"python": platform.python_version()}
    for name in (*ALWAYS, *packages_of(how)):
        if number := version_of(name):
            found[name] = number
    return found


def packages_of(how: Any) -> tuple[str, ...]:
    """Distributions behind an explainer: of ours, what its family is named after; of others, theirs and its needs."""
    home = type(how).__module__.split(".")
    if home[0] == "aition":
        return tuple(home[2:3])
    own = packages_distributions().get(home[0], [])
    needs = [line for name in own for line in requires(name) or () if "extra ==" not in line]
    return (*own, *(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needs))


def version_of(distribution: str) -> str:
    """The version that is installed; empty for what is none."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
