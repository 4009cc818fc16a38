"""What is shown, as runs on the disk: explanations in memory are written to a folder that is removed afterwards."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

import aition.store
from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.store import Store, StoredRun
from aition.store.keep import keep
from aition.view.web.runs import names_of

KINDS = "an Explanation, a StoredRun or a path of one, or a dict of names and such"


def runs_of(what: Any, *, into: Path) -> dict[str, StoredRun]:
    """Runs by their names.

    Args:
        what: An explanation, a stored run, a path, or several by their names.
        into: A folder for explanations in memory.

    Raises:
        InputError: It is nothing of these, or nothing at all.
        StoreError: A run is not finished, or was changed.
    """
    several = what if isinstance(what, Mapping) and not isinstance(what, xr.Dataset) else {name_of(what): what}
    if not several:
        raise InputError(f"what is shown must be {KINDS}, but is an empty dict")
    if strange := [name for name in several if not isinstance(name, str) or not name]:
        raise InputError(f"names of runs must be texts, but one is {strange[0]!r}")
    return {name: run_of(one, into=into / f"{place}") for place, (name, one) in enumerate(several.items())}


def name_of(what: Any) -> str:
    """What a run is called where nobody says."""
    if isinstance(what, xr.Dataset):
        return str(what.attrs.get("explainer") or "explanation")
    path = getattr(what, "path", what)
    return names_of([Path(path)])[0] if isinstance(path, str | os.PathLike) else "explanation"


def run_of(what: Any, *, into: Path) -> StoredRun:
    """One run."""
    if isinstance(what, StoredRun):
        return what
    if isinstance(what, Store):
        return aition.store.open(what.path)
    if isinstance(what, str | os.PathLike):
        return aition.store.open(what)
    if isinstance(what, xr.Dataset):
        return keep(Explanation(what), into)
    raise InputError(f"what is shown must be {KINDS}, but is {type(what).__name__}")
