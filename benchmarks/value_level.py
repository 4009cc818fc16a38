"""Value level: what an explanation says of each value of each feature, held against what was planted.

Attributions are averaged by feature, bin of the value and hour, and compared with the closed form of the truth in two
ways, for not every explainer says which way a value pushes:

- *signed*: Spearman's correlation, over the values of all features, of the mean attribution with the mean contribution.
  It asks whether the explanation knows what raises the risk, what lowers it, and what does nothing;
- *of size*: the same of the mean over the hours of how large it is, either way. It asks only how much a value matters.
  Attention has no sign, so it has no signed figure; the figure of size stands beside for every explainer.

Precision at 20 is the share of the 20 largest that are among the 20 largest of the truth, by size too. "Not measured"
is no value. Most values add nothing, so they are tied in the truth; an explanation that ranks them by its noise can't
reach 1, but at best ``ceiling``.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.data.simulate.hospital.values import ValueTruth, precision
from aition.store import StoredRun

Reals = NDArray[np.float64]


def by_value(run: StoredRun, truth: ValueTruth, *, ids: Collection[str] = ()) -> Reals:
    """Mean attribution of each value at each hour, ``[feature, bin, time]``; the last bin is "not measured".

    Args:
        run: Whose samples are stays and whose features are those of the truth, in any order.
        truth: Which bins there are.
        ids: Of the stays that count; all where none is named.
    """
    n_bin, n_time = truth.contribution.shape[1:]
    total, count = np.zeros(truth.contribution.shape), np.zeros(truth.contribution.shape)
    wanted = list(ids)
    for part in run.parts():
        names = part["feature"].values.tolist()
        there = part["exists"].values.astype(bool)
        if wanted:
            there &= np.isin(part["sample"].values, wanted)[:, None]
        hour = np.broadcast_to(np.arange(there.shape[1]), there.shape)
        for place, name in enumerate(truth.features):
            column = names.index(name)
            value, seen = part["value"].values[:, :, column], part["observed"].values[:, :, column].astype(bool)
            bins = np.where(seen, np.searchsorted(truth.edges[place], value, side="right"), n_bin - 1)
            index = (bins * n_time + hour)[there]
            attribution = part["attribution"].values[:, :, column][there].astype(float)
            total[place] += np.bincount(index, attribution, n_bin * n_time).reshape(n_bin, n_time)
            count[place] += np.bincount(index, minlength=n_bin * n_time).reshape(n_bin, n_time)
    return total / np.maximum(count, 1)


def agreement(found: Reals, truth: ValueTruth, *, signed: bool = True) -> dict[str, Any]:
    """How well mean attributions rank the values, means over hours being weighed by how often a value occurs.

    Args:
        found: Mean attributions, ``[feature, bin, time]``.
        truth: What was planted.
        signed: Whether attributions have a sign.

    Returns:
        ``spearman``, signed, None where there is no sign; ``spearman_of_size``; ``precision_at_20``; all at most 1. All
        are None where the explanation says the same of every value.
    """
    there = values_of(truth)
    planted, size = (over_hours(cells, truth)[there] for cells in (truth.contribution, np.abs(truth.contribution)))
    told, told_size = (over_hours(cells, truth)[there] for cells in (found, np.abs(found)))
    if np.ptp(told_size) == 0:
        return dict.fromkeys(("spearman", "spearman_of_size", "precision_at_20"))
    return {
        "spearman": round(spearman(told, planted), 3) if signed else None,
        "spearman_of_size": round(spearman(told_size, size), 3),
        "precision_at_20": precision(np.abs(found).mean(axis=2) * there, truth),
    }


def ceiling(truth: ValueTruth) -> float:
    """The largest correlation that an explanation without ties can reach: the ties of the truth cost the rest."""
    planted = over_hours(np.abs(truth.contribution), truth)[values_of(truth)]
    return round(spearman(np.argsort(np.argsort(planted, kind="stable"), kind="stable").astype(float), planted), 3)


def values_of(truth: ValueTruth) -> NDArray[np.bool_]:
    """Values that can occur, ``[feature, bin]``."""
    there = truth.share.sum(axis=2) > 0
    there[:, -1] = False
    return np.asarray(there)


def over_hours(cells: Reals, truth: ValueTruth) -> Reals:
    """Mean over the hours, by how often the value occurs, ``[feature, bin]``."""
    return np.asarray((cells * truth.share).sum(axis=2) / np.maximum(truth.share.sum(axis=2), 1e-12))


def spearman(one: Reals, other: Reals) -> float:
    """Correlation of the ranks; values that are equal share their mean rank."""
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


def ranks(values: Reals) -> Reals:
    """From 1 on, the mean rank where values are equal."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((count.cumsum() - (count - 1) / 2)[place])
