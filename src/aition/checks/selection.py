"""What is to be said of a selection of cells in plain words: does it hide the answer, is it static, is it stable?"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, judged, verdict_of
from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.interval import Bootstrap, Interval

CELLS = ("sample", "time", "feature")
TOLERANCE = 0.02
"""Nats that an honest selection may seem to hide, for networks that judge it are not perfect."""
STATIC, STABLE, MOST = 0.9, 0.5, 400
GAP, TOLD, STATIC_MASK, STABILITY = "encoding gap", "told by the choice", "static mask", "stability over seeds"
GAP_OF_MASKS = "encoding gap of masks"
SelectionVerdict = CheckVerdict
"""What one check of a selection found."""


def encoding_gap(
    own: NDArray[Any],
    values: NDArray[Any],
    *,
    of_masks: bool = False,
    tolerance: float = TOLERANCE,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> CheckVerdict:
    """Does a method's own predictor say more than the values that it selects?

    A predictor that is trained together with a selector can read the answer off the mask itself. EVAL-X can't, so what
    the first has over the second is more than the values say.

    Args:
        own: Log-likelihood of each sample's class by the method's own predictor, ``[sample]``, in nats.
        values: The same by EVAL-X, as :func:`aition.checks.evidence` finds it.
        of_masks: Whether both are by the mean chance over many masks that are drawn for each sample.
        tolerance: Nats that pass.
        bootstrap: How the interval over the samples is made.

    References:
        Jethani et al., "Have we learned to explain?", AISTATS 2021.

    >>> encoding_gap(np.log(np.full(40, .8)), np.log(np.full(40, .5))).finding
    'alarm'
    """
    gap = gained(own, values, bootstrap)
    finding = judged(gap, tolerance, highest=True)
    who = "the method's own predictor, over masks that are drawn," if of_masks else "the method's own predictor"
    said = {
        "passed": f"{who} says no more than the values of the selected cells",
        "alarm": f"{who} says more than the values of the selected cells; the mask tells the rest",
    }.get(finding, f"whether {who} says more than the values of the selected cells is open")
    words = f"{said}: it is {spread(gap)} nats better than EVAL-X, which can't read the choice of the mask"
    return verdict_of(GAP_OF_MASKS if of_masks else GAP, finding, words, gap, tolerance, highest=True, unit="nats")


def told_by_choice(
    values: NDArray[Any],
    chosen: NDArray[Any],
    *,
    tolerance: float = TOLERANCE,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> CheckVerdict:
    """Does it tell the answer that just these cells were selected, beyond what their values say?

    The mean of the gain is a lower bound, up to chance, of what the choice of the mask tells of the class given the
    values of the selected cells: nothing for an honest selection, whatever mask and class have in common through these
    values. No predictor of the method is needed, so it can be asked of any explainer.

    Args:
        values: Log-likelihood of each sample's class by EVAL-X, ``[sample]``, in nats.
        chosen: The same where it is told that the cells were chosen for the sample; both as
            :func:`aition.checks.evidence` finds them.
        tolerance: Nats that pass.
        bootstrap: How the interval over the samples is made.

    References:
        Puli, Nguyen and Ranganath, "Explanations that reveal all through the definition of encoding", NeurIPS 2024 (the
        definition; their STRIPE-X is another way to measure it).
    """
    gap = gained(chosen, values, bootstrap)
    finding = judged(gap, tolerance, highest=True)
    said = {
        "passed": "that just these cells were selected tells no more than their values",
        "alarm": "that just these cells were selected tells of the class what their values do not",
    }.get(finding, "whether the choice of the cells tells more than their values is open")
    words = f"{said}: who may learn from the choice is {spread(gap)} nats better than who may not"
    return verdict_of(TOLD, finding, words, gap, tolerance, highest=True, unit="nats")


def static_mask(
    selected: xr.DataArray,
    *,
    start: Sequence[int] | NDArray[np.int64] = (),
    limit: float = STATIC,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> CheckVerdict:
    """Is the same mask selected for all samples?

    Then the selector has learned which cells matter on average, and the explanation of a sample says nothing of it. It
    can be right, where all samples are decided by the same cells; that is for the user to know.

    Args:
        selected: Cells, ``[sample, time, feature]``, bool.
        start: First existing step of each sample, where series are padded on the left; empty: 0.
        limit: Mean overlap (Jaccard) of two samples' masks above which an alarm is given.
        bootstrap: How the interval is made, over each sample's mean overlap with the others; the first 400 are taken.
    """
    if len(start) not in (0, selected.sizes.get("sample", 0)):
        raise InputError(f"start must be one step a sample, but is of {len(start)} samples")
    rows, width = flat(selected)[:MOST], selected.sizes["feature"]
    if len(start):
        rows = np.stack([np.roll(row, -width * first) for row, first in zip(rows, start, strict=False)])
    if len(rows) < 2:
        raise InputError(f"masks of two samples or more are compared, but there are {len(rows)}")
    each = overlaps(rows, rows)
    overlap = interval_of(bootstrap, (each.sum(axis=1) - np.diag(each)) / (len(rows) - 1))
    finding = judged(overlap, limit, highest=True)
    said = {
        "passed": "masks differ between samples",
        "alarm": "nearly the same mask is selected for all samples",
    }.get(finding, "whether masks are the same for all samples is open")
    words = f"{said}: those of two samples overlap by {spread(overlap)} (1: the same)"
    return verdict_of(STATIC_MASK, finding, words, overlap, limit, highest=True, unit="Jaccard")


def stability(
    selections: Sequence[xr.DataArray],
    *,
    least: float = STABLE,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> CheckVerdict:
    """Are the same cells selected when the method is fitted with another seed?

    Args:
        selections: Cells of the same samples by fits with different seeds, ``[sample, time, feature]``, bool.
        least: Mean overlap (Jaccard) of two seeds' masks of a sample below which an alarm is given.
        bootstrap: How the interval over the samples is made; seeds are few, and it says nothing of other seeds.

    Raises:
        InputError: There is one selection only, or they are of other samples or cells.
    """
    if len(selections) < 2:
        raise InputError(f"selections of two seeds or more are compared, but there are {len(selections)}")
    first = selections[0]
    parts = [
        flat(one if "sample" not in first.coords else one.sel(sample=first.coords["sample"])) for one in selections
    ]
    if len({part.shape for part in parts}) > 1:
        raise InputError(f"selections must be of the same cells, but are {sorted({part.shape for part in parts})}")
    pairs = list(combinations(parts, 2))
    same = np.mean([overlap_of(one, other) for one, other in pairs], axis=0)
    turned = float(np.mean([overlap_of(one, np.roll(other, 1, axis=0)).mean() for one, other in pairs]))
    return stable(same, turned, f"two of {len(parts)} seeds", least=least, bootstrap=bootstrap)


def stable(
    same: NDArray[Any], turned: float, seeds: str, *, least: float = STABLE, bootstrap: Bootstrap
) -> CheckVerdict:
    """The verdict on overlaps of seeds.

    Args:
        same: Mean overlap of the masks of each sample, ``[sample]``.
        turned: Mean overlap of masks of different samples.
        seeds: Which seeds, in words.
        least: Mean overlap below which an alarm is given.
        bootstrap: How the interval over the samples is made.
    """
    figure = interval_of(bootstrap, same)
    finding = judged(figure, least, highest=False)
    said = {
        "passed": "fits with other seeds select about the same cells",
        "alarm": "fits with other seeds select other cells",
    }.get(finding, "whether fits with other seeds select the same cells is open")
    words = f"{said}: masks of {seeds} overlap by {spread(figure)}, those of different samples by {turned:.2f}"
    return verdict_of(STABILITY, finding, words, figure, least, highest=False, unit="Jaccard")


def gained(better: NDArray[Any], worse: NDArray[Any], bootstrap: Bootstrap) -> Interval:
    """Mean difference of two log-likelihoods, sample by sample."""
    one, other = (np.asarray(part, dtype=np.float64) for part in (better, worse))
    check_axes("log-likelihoods", one, ("sample",), {})
    check_axes("log-likelihoods", other, ("sample",), {"sample": len(one)})
    return interval_of(bootstrap, one - other)


def overlaps(rows: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Jaccard's overlap of every two masks, ``[row, other]``; of two empty ones 1."""
    one, two = rows.astype(np.float64), others.astype(np.float64)
    both = one @ two.T
    either = one.sum(axis=1)[:, None] + two.sum(axis=1) - both
    return np.asarray(np.where(either > 0, both / np.maximum(either, 1), 1.0))


def overlap_of(rows: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Jaccard's overlap of masks in pairs, ``[row]``.

    >>> overlap_of(np.array([[True, True, False]]), np.array([[False, True, True]])).round(3).tolist()
    [0.333]
    """
    both, either = (rows & others).sum(axis=1), (rows | others).sum(axis=1)
    return np.asarray(np.where(either > 0, both / np.maximum(either, 1), 1.0))


def flat(selected: xr.DataArray) -> NDArray[np.bool_]:
    """Masks in rows, ``[sample, cell]``."""
    if set(selected.dims) != set(CELLS) or selected.dtype != np.bool_:
        raise InputError(f"selected must be bool {list(CELLS)}, but is {selected.dtype} {list(selected.dims)}")
    return np.asarray(selected.transpose(*CELLS).values.reshape(selected.sizes["sample"], -1))
