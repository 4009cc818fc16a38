"""Kinds of dreams: those that were driven to one thing, what real series reach of it, and whether to believe them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.realism import are_copies
from aition.store.stored import StoredRun
from aition.store.summary.axes.draws import JUDGED, Array, Draws
from aition.store.summary.axes.reading import along, is_shared, labels_along, shared_array


@dataclass(frozen=True, eq=False)
class Kind:
    """Dreams of one objective; of one class, where a run does not say what its dreams were driven to.

    Args:
        place: Which, from 0.
        name: What it is called; empty where the run does not say.
        classes: The class, or the classes, that it is about; none where it is about none.
        n: How many dreams there are.
        wanted: What was aimed at; NaN where that is not known, or as much as can be.
        n_real: Real series of the classes; all where there are none.
        median: The middle of what these reach; NaN where it is not known.
        most: The most that they reach.
        top: The position of the one that does along ``real``, or of a border, of that nearest to it; -1 where it is
            not known.
        gap: How far the classes of a border are apart in that one; NaN of others.
        judged: By judge, the percentile of that one among other real series.
        finding: Whether the dreams are to be believed, as it was found when they were made; empty where nobody said.
        words: Why.
    """

    place: int
    name: str
    classes: tuple[int, ...]
    n: int
    wanted: float
    n_real: int
    median: float
    most: float
    top: int
    gap: float
    judged: Mapping[str, float]
    finding: str
    words: str


def kinds(run: StoredRun, known: Draws) -> list[Kind]:
    """Every kind of dreams that a run holds."""
    label = shared_array(run, "real_label") if is_shared(run, "real_label") else np.zeros(0, dtype=np.int64)
    names, verdicts = [str(one) for one in labels_along(run, "wish")], verdicts_in(run)
    beside = [name for name in run.variables if name.startswith(f"real_{JUDGED}") and is_shared(run, name)]
    judged = {name.removeprefix(f"real_{JUDGED}"): shared_array(run, name) for name in beside}
    gaps = shared_array(run, "real_gap") if known.told and is_shared(run, "real_gap") else np.zeros((0, 0))
    every = shared_array(run, "wish_classes") if is_shared(run, "wish_classes") else np.zeros((0, 0), dtype=np.int64)
    column, found = known.columns, []
    for place in np.unique(column["kind"]).tolist():
        mine = np.flatnonzero(column["kind"] == place)
        said = known.told and place < len(names)
        sides = every[place] if said and len(every) else column["target_class"][mine[:1]]
        classes = tuple(one for one in sides.tolist() if one >= 0)
        own = own_of(label, classes, run.sizes.get("real", 0))
        reached = reached_by_real(run, place, label, classes, told=known.told)[own]
        top = int(column["top"][mine[0]])
        verdict = verdicts.get(names[place], {}) if said else {}
        found.append(
            Kind(
                place=place,
                name=names[place] if said else "",
                classes=classes,
                n=len(mine),
                wanted=float(column["wanted"][mine[0]]),
                n_real=len(own),
                median=float(np.nanmedian(reached)) if np.isfinite(reached).any() else np.nan,
                most=float(np.nanmax(reached)) if np.isfinite(reached).any() else np.nan,
                top=top,
                gap=float(gaps[top, place]) if gaps.size and top >= 0 else np.nan,
                judged={name: float(one[top]) for name, one in judged.items()} if top >= 0 else {},
                finding=str(verdict.get("finding", "")),
                words=str(verdict.get("words", "")),
            )
        )
    return found


def own_of(label: Array, classes: tuple[int, ...], n_real: int) -> NDArray[np.int64]:
    """Positions of the real series of some classes; all where labels are not known or no class is named."""
    return np.flatnonzero(np.isin(label, classes)) if len(label) and classes else np.arange(n_real)


def reached_by_real(
    run: StoredRun, place: int, label: Array, classes: tuple[int, ...], *, told: bool
) -> NDArray[np.float64]:
    """What each real series reaches, ``[real]``; NaN where the run does not say."""
    if told and is_shared(run, "real_reached") and along(run, "real_reached", "real", "wish"):
        reached: NDArray[np.float64] = shared_array(run, "real_reached")[:, place].astype(np.float64)
        return reached
    unknown = np.full(run.sizes.get("real", 0), np.nan)
    if not (is_shared(run, "real_margin") and len(label)):
        return unknown
    return np.where(np.isin(label, classes), shared_array(run, "real_margin").astype(np.float64), unknown)


def copies(run: StoredRun, known: Draws) -> NDArray[np.bool_]:
    """Whether a dream is a copy of a real series, ``[draw]``."""
    if not is_shared(run, "real_distance"):
        return np.zeros(len(known.looks_real), dtype=np.bool_)
    return are_copies(known.columns["distance"], shared_array(run, "real_distance"))


def verdicts_in(run: StoredRun) -> dict[str, dict[str, str]]:
    """The verdicts that are kept with dreams, by the objective's name; none where there are none."""
    try:
        found = json.loads(str(run.attrs.get("verdicts", "[]")))
        return {str(one["wish"]): dict(one) for one in found}
    except (ValueError, TypeError, KeyError):
        return {}
