"""Whether a selection can be believed, from the explanation alone."""

from collections.abc import Iterable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.finding import CheckVerdict, not_measured
from aition.checks.selection import (
    CELLS,
    GAP,
    GAP_OF_MASKS,
    STABILITY,
    STABLE,
    STATIC,
    STATIC_MASK,
    TOLD,
    TOLERANCE,
    encoding_gap,
    flat,
    overlaps,
    stable,
    static_mask,
    told_by_choice,
)
from aition.core.errors import InputError
from aition.core.explanation import Explanation, joined
from aition.metrics.interval import Bootstrap

OWN, VALUES, CHOSEN = "own_log_likelihood", "values_log_likelihood", "chosen_log_likelihood"
OF_MASKS = ("own_likelihood_of_masks", "values_likelihood_of_masks")
SOME = 400
"""Samples whose masks are compared with those of others."""


def honesty(
    explanation: xr.Dataset,
    *,
    target: int = 0,
    tolerance: float = TOLERANCE,
    limit: float = STATIC,
    least: float = STABLE,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> tuple[CheckVerdict, ...]:
    """The verdicts on what was selected: each has passed, raises the alarm, is not decided, or was not measured.

    A fitted :class:`aition.methods.Lex` answers all that they need. Of another explainer that answers ``selected`` only
    the overlap of the masks is known; :func:`aition.checks.evidence` finds the rest.

    Args:
        explanation: With ``selected`` ``[sample, time, feature]``, and whatever there is of ``own_log_likelihood``,
            ``values_log_likelihood``, ``chosen_log_likelihood``, ``own_likelihood_of_masks``,
            ``values_likelihood_of_masks``, ``judged`` and ``stability``, ``[sample]`` each.
        target: Which of several targets.
        tolerance: Nats that pass.
        limit: Mean overlap of two samples' masks above which an alarm is given.
        least: Mean overlap of two seeds' masks below which an alarm is given.
        bootstrap: How intervals over the samples are made.

    Returns:
        Encoding gap at the mask that is shown, and over masks that are drawn; told by the choice; static mask;
        stability over seeds; in this order.

    Raises:
        InputError: The explanation has no selection of cells.
    """
    one = explanation.isel(target=target) if "target" in explanation.dims else explanation
    if not selects(one):
        raise InputError(
            "explanation must hold selected, bool [sample, time, feature], as a fitted Lex answers it; of an "
            "attribution take aition.checks.most_important, and aition.checks.evidence"
        )
    return (
        *of_values(one, tolerance, bootstrap),
        of_overlap(one, limit, bootstrap),
        of_seeds(one, least, bootstrap),
    )


def selection_in(parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """All that :func:`honesty` reads, of an explanation that comes in parts, of which one at a time is in memory.

    Args:
        parts: Explanations of one run, such as ``aition.store.open(path).parts()``.
    """
    names = ("selected", "exists", OWN, VALUES, CHOSEN, *OF_MASKS, "judged", "stability")
    return joined([Explanation(part[[name for name in names if name in part]]) for part in parts])


def selects(explanation: xr.Dataset) -> bool:
    """Whether an explanation holds a selection of cells."""
    if "selected" not in explanation:
        return False
    selected = explanation["selected"]
    return selected.dtype == np.bool_ and set(CELLS) <= set(selected.dims) <= {*CELLS, "target"}


def of_values(one: xr.Dataset, tolerance: float, bootstrap: Bootstrap) -> tuple[CheckVerdict, ...]:
    """What judges say of the values of the selected cells, and of their having been chosen."""
    reason = "" if {VALUES, CHOSEN} <= set(one) else noted(one, "not_judged") or "the explanation has no judge's word"
    good = one["judged"].values.astype(np.bool_) if "judged" in one else np.ones(one.sizes["sample"], dtype=np.bool_)
    if not reason and not good.any():
        reason = "the judge has learned from all of these series, or they have no labels; explain other, labelled ones"

    def said(name: str) -> NDArray[np.float64]:
        return np.where(good, one[name].values, np.nan)

    found = []
    for check, names in ((GAP, (OWN, VALUES)), (GAP_OF_MASKS, OF_MASKS), (TOLD, (VALUES, CHOSEN))):
        why = reason or ("" if set(names) <= set(one) else "the method has no predictor of its own")
        if why:
            found.append(not_measured(check, why, tolerance, highest=True, unit="nats"))
        elif check == TOLD:
            found.append(told_by_choice(*map(said, names), tolerance=tolerance, bootstrap=bootstrap))
        else:
            drawn = check == GAP_OF_MASKS
            found.append(encoding_gap(*map(said, names), of_masks=drawn, tolerance=tolerance, bootstrap=bootstrap))
    return tuple(found)


def of_overlap(one: xr.Dataset, limit: float, bootstrap: Bootstrap) -> CheckVerdict:
    """Whether masks are those of all samples."""
    if one.sizes["sample"] < 2:
        return not_measured(STATIC_MASK, "there is one sample alone", limit, highest=True, unit="Jaccard")
    return static_mask(one["selected"], start=starts(one), limit=limit, bootstrap=bootstrap)


def of_seeds(one: xr.Dataset, least: float, bootstrap: Bootstrap) -> CheckVerdict:
    """Whether other seeds select the same cells."""
    if "stability" not in one:
        reason = noted(one, "not_rivalled") or "the explanation has nothing of other seeds"
        return not_measured(STABILITY, reason, least, highest=False, unit="Jaccard")
    rows = flat(one["selected"])[:SOME]
    each = overlaps(rows, rows)
    turned = float((each.sum() - np.trace(each)) / max(1, len(rows) * (len(rows) - 1)))
    return stable(one["stability"].values, turned, "a sample by two seeds", least=least, bootstrap=bootstrap)


def starts(one: xr.Dataset) -> NDArray[np.int64]:
    """The first step of each sample that exists, ``[sample]``; empty where all do."""
    if "exists" not in one:
        return np.empty(0, dtype=np.int64)
    return np.asarray(one["exists"].values.argmax(axis=1), dtype=np.int64)


def noted(one: xr.Dataset, name: str) -> str:
    """What a fit noted of itself."""
    return str(one.attrs.get(name, ""))
