"""Removal: does a model miss what an explanation calls important more than what chance picks?"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import RemovalCurve
from aition.checks.follow import Follower, embedded
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import frozen
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Padding
from aition.core.provenance import described_setting
from aition.core.target import Target
from aition.impute.baseline import FeatureBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in, draws_of
from aition.impute.imputer import Imputer
from aition.metrics.interval import Bootstrap
from aition.metrics.ranking import first_fraction, removal_order

By = Literal["value", "magnitude"]
FRACTIONS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
AT_ONCE = 512
"""Samples that are filled together: conditional laws take many times the memory of what they draw."""


def feature_means(batch: Batch) -> Batch:
    """Every signal at its mean over the batch, of ``x`` over what was measured."""
    return FeatureBaseline.mean_of(batch)(batch)


def removal(
    model: Model,
    batch: Batch,
    target: Target,
    attribution: xr.DataArray,
    *,
    fractions: Sequence[float] = FRACTIONS,
    baseline: StandIn = feature_means,
    n_draw: int = DRAWS,
    by: By = "value",
    n_random: int = 5,
    seed: int = 0,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> RemovalCurve:
    """Take values away and follow what the model says of the target, settled once on the untouched samples.

    Only cells that exist and were measured are removed, in every order, so chance is not made to look poor by removing
    what was not there. Masks of what was observed stay as they are: another mask would be another input.

    Args:
        model: What was explained.
        batch: The samples.
        target: The question that was asked; one number a sample.
        attribution: A variable of an explanation, such as ``explanation["attribution"]``, with axes sample, time and
            feature; its samples are found by the ids of the batch.
        fractions: Shares of each sample's measured values that are removed, rising, in (0, 1].
        baseline: What stands in the place of removed values: a baseline, called once, with the whole batch; or an
            imputer, over whose draws given the values that are left the measure is the mean.
        n_draw: Draws of an imputer.
        by: "value" removes first what speaks most for the target; "magnitude" what counts most for or against it.
        n_random: Random orders to compare with.
        seed: Of the random orders, and of ties.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.
        progress: "auto" shows a bar on a terminal.

    Returns:
        The probability of the asked class along the way where there is one (several classes, or a sigmoid taken off),
        else the asked score.

    Raises:
        InputError: An argument does not fit the data.
        TargetError: The target is not one number a sample.
        ModelError: The model answers NaN or Inf.

    References:
        Samek et al., "Evaluating the Visualization of What a Deep Neural Network Has Learned", IEEE Transactions on
        Neural Networks and Learning Systems 28, 2017.
    """
    shares = checked_fractions(fractions, n_random)
    if by not in ("value", "magnitude"):
        raise InputError(f"by must be 'value' or 'magnitude', but is {by!r}")
    check_stand_in(baseline, n_draw)
    n_pass = 1 + (2 + n_random) * len(shares)
    with frozen(model), progress_bar("removal", n_pass, progress=progress) as tick:
        given = embedded(model, batch)
        follow = Follower(model, given, target, padding)
        tick(1)
        filling = Filling.of(given, baseline, n_draw=n_draw)

        def path(order: NDArray[np.int64]) -> NDArray[np.float64]:
            scores = [follow.start]
            for share in shares:
                removed = torch.from_numpy(first_fraction(order, share)).to(given.x.device)
                scores.append(without(follow, filling, removed))
                tick(1)
            return np.stack(scores, axis=1)

        orders = removal_orders(attribution_of(attribution, given), given, by=by, n_random=n_random, seed=seed)
        return RemovalCurve(
            fraction=np.array([0.0, *shares]),
            most=path(orders[0]),
            least=path(orders[1]),
            random=np.stack([path(order) for order in orders[2:]]),
            measure="score" if follow.link == "score" else "probability",
            bootstrap=bootstrap,
            baseline=in_words(baseline, n_draw),
        )


def without(follow: Follower, filling: Filling, removed: torch.Tensor) -> NDArray[np.float64]:
    """The measure of all samples without some of their cells, the mean over the draws, ``[sample]``.

    Args:
        follow: What the model says of these samples.
        filling: What stands in.
        removed: The cells that are taken away, ``[sample, time, feature]``.
    """
    everyone = torch.arange(len(removed), device=removed.device)
    pieces = [filling(rows, {"x": removed[rows]}).x for rows in everyone.split(AT_ONCE)]
    series = torch.cat(pieces).unflatten(0, (-1, filling.n_draw))
    drawn = [follow(filling.batch.with_x(series[:, draw])) for draw in range(filling.n_draw)]
    return np.asarray(np.mean(drawn, axis=0))


def removals(
    model: Model,
    batch: Batch,
    target: Target,
    attribution: xr.DataArray,
    stand_ins: Mapping[str, StandIn],
    *,
    fractions: Sequence[float] = FRACTIONS,
    n_draw: int = DRAWS,
    by: By = "value",
    n_random: int = 5,
    seed: int = 0,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> dict[str, RemovalCurve]:
    """A removal curve for each of several replacements, in the same orders; :func:`~aition.checks.across` judges them.

    Args:
        model: As in :func:`removal`, and so are the others.
        batch: The samples.
        target: The question.
        attribution: A variable of an explanation.
        stand_ins: Baselines and imputers, by name.
        fractions: Shares that are removed.
        n_draw: Draws of each imputer.
        by: What is removed first.
        n_random: Random orders to compare with.
        seed: Of the random orders, and of ties.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: There is no replacement, or as :func:`removal`.
    """
    if not stand_ins:
        raise InputError("stand_ins must name at least one replacement, but is empty")
    return {
        name: removal(
            model,
            batch,
            target,
            attribution,
            fractions=fractions,
            baseline=stand_in,
            n_draw=n_draw,
            by=by,
            n_random=n_random,
            seed=seed,
            padding=padding,
            bootstrap=bootstrap,
            progress=progress,
        )
        for name, stand_in in stand_ins.items()
    }


def in_words(baseline: StandIn, n_draw: int) -> str:
    """The name and the settings of a baseline, or of an imputer but for what it learned.

    >>> from aition.impute.baseline import ConstantBaseline
    >>> in_words(ConstantBaseline(0.0), 8), in_words(feature_means, 8)
    ('constant baseline (value 0.0)', 'feature means')
    """
    setting = described_setting(baseline)
    if not isinstance(setting, dict):
        return str(setting)
    name = str(setting.pop("name", setting.pop("function", ""))).rpartition(".")[2]
    if isinstance(baseline, Imputer):
        setting = {key: value for key, value in setting.items() if not isinstance(value, dict | list)}
        setting["draws"] = draws_of(baseline, n_draw)
    rest = ", ".join(f"{key} {value}" for key, value in setting.items())
    return re.sub("[-_]", " ", name) + (f" ({rest})" if rest else "")


def removal_orders(
    attribution: NDArray[np.float64], batch: Batch, *, by: By, n_random: int, seed: int
) -> list[NDArray[np.int64]]:
    """Orders of removal, ``[sample, time, feature]`` each: most first, least first, then the random ones."""
    exists, keys = batch.exists.cpu().numpy(), batch.keys.cpu().numpy()
    removable = (batch.observed & batch.cells).cpu().numpy()
    ranked = np.abs(attribution) if by == "magnitude" else attribution
    orders = [removal_order(ranked, exists, keys=keys, seed=seed, least_first=least) for least in (False, True)]
    blank = np.zeros(attribution.shape)
    orders += [removal_order(blank, exists, keys=keys, seed=seed + 1 + draw) for draw in range(n_random)]
    return [among(order, removable) for order in orders]


def among(order: NDArray[np.int64], removable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The same order among fewer cells: numbered from 0 without gaps, -1 elsewhere.

    >>> among(np.array([[[2], [0], [1], [-1]]]), np.array([[[True], [False], [True], [False]]])).ravel().tolist()
    [1, -1, 0, -1]
    """
    flat, allowed = order.reshape(len(order), -1), removable.reshape(len(order), -1)
    late = np.where(allowed, flat, np.iinfo(np.int64).max)
    rank = np.argsort(np.argsort(late, axis=1, kind="stable"), axis=1, kind="stable")
    return np.where(allowed, rank, -1).reshape(order.shape)


def attribution_of(attribution: xr.DataArray, batch: Batch) -> NDArray[np.float64]:
    """The attribution of the samples of a batch in its order, ``[sample, time, feature]``; 0 in padding."""
    if set(attribution.dims) != {"sample", "time", "feature"}:
        raise InputError(f"attribution must have the axes sample, time and feature, but has {list(attribution.dims)}")
    if "sample" not in attribution.coords:
        raise InputError("attribution must carry the ids of its samples; take explanation['attribution'] as it is")
    known = set(attribution.coords["sample"].values.tolist())
    if missing := [str(name) for name in batch.ids if name not in known]:
        raise InputError(
            f"attribution must hold every sample of the batch, but {len(missing)} lack, first {missing[0]!r}"
        )
    values = attribution.sel(sample=batch.ids).transpose("sample", "time", "feature").values
    if values.shape != tuple(batch.x.shape):
        raise InputError(f"attribution must be {list(batch.x.shape)} as the batch, but is {list(values.shape)}")
    asked = ~np.isnan(values).all(axis=(1, 2))
    return np.where(asked[:, None, None] & batch.cells.cpu().numpy(), values, 0.0)


def checked_fractions(fractions: Sequence[float], n_random: int) -> tuple[float, ...]:
    """The fractions as a tuple; raises where they or the number of random orders can't be used."""
    shares = tuple(float(share) for share in fractions)
    rising = all(first < second for first, second in pairwise(shares))
    if not shares or not rising or shares[0] <= 0 or shares[-1] > 1:
        raise InputError(f"fractions must rise within (0, 1], such as (0.1, 0.2, 0.5), but are {list(shares)}")
    if n_random < 1:
        raise InputError(f"n_random must be 1 or more, but is {n_random}")
    return shares
