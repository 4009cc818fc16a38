"""Retraining: train networks anew on data from which an explanation's most important values are gone."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from aition.checks.anew import Train
from aition.checks.removing import By, attribution_of, checked_fractions, removal_orders
from aition.checks.retrained import Game, Retrained
from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.freeze import frozen
from aition.core.model import TorchModel, outputs_of
from aition.core.progress import Progress, progress_bar
from aition.impute.baseline import FeatureBaseline
from aition.impute.filling import Filling, StandIn, check_stand_in
from aition.metrics.interval import Bootstrap
from aition.metrics.ranking import first_fraction
from aition.models.train import met


def retraining(
    how: Train,
    train: Batch,
    test: Batch,
    train_attribution: xr.DataArray,
    test_attribution: xr.DataArray,
    *,
    fractions: Sequence[float] = (0.3,),
    seeds: Sequence[int] = (0, 1, 2),
    game: Game = "remove",
    by: By = "magnitude",
    stand_in: StandIn | None = None,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> Retrained:
    """Remove the most important values from samples to train on and to test on, train a network, and see what it knows.

    A removal curve gives a model inputs that it was never trained on; here every network is trained on what it is
    given. The price is high: ``len(seeds) * (1 + 3 * len(fractions))`` trainings, and explanations of all samples. One
    share and one seed is the quick form. And it asks another question: a network that is trained anew may find the
    class in values that the explained model never read, so a right explanation of a model can fall short here.

    Args:
        how: From samples and a seed to a trained model, such as :func:`~aition.checks.like_model` makes.
        train: Samples to train on, each with its class.
        test: Others, to test on.
        train_attribution: Of the samples of ``train``, with axes sample, time and feature.
        test_attribution: Of those of ``test``, by the same explainer and model.
        fractions: Shares of each sample's measured values, rising, in (0, 1].
        seeds: Of the weights, of training and of the random choice; a training for each.
        game: "remove" takes the most important share away, "keep" leaves nothing else.
        by: As in :func:`~aition.checks.removal`.
        stand_in: A baseline or an imputer for what is gone; each feature's mean over ``train`` where there is none.
        bootstrap: How intervals over the test samples are made.
        progress: "auto" shows a bar on a terminal.

    Returns:
        What the networks meet; :func:`~aition.checks.missed` says what it means.

    Raises:
        InputError: An argument does not fit the data, or the same sample is in both parts.
        RefusalError: Labels are no class a sample.

    References:
        Hooker et al., "A benchmark for interpretability methods in deep neural networks", NeurIPS 2019.
    """
    shares = checked_fractions(fractions, 1)
    if game not in ("remove", "keep"):
        raise InputError(f"game must be 'remove' or 'keep', but is {game!r}")
    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError(f"seeds must be one or more that differ, but are {list(seeds)}")
    if shared := set(train.ids.tolist()) & set(test.ids.tolist()):
        raise InputError(f"train and test must be different samples, but share {len(shared)}, such as {min(shared)!r}")
    for batch in (train, test):
        if batch.label.is_floating_point() or batch.label.ndim != 1 or bool((batch.label < 0).any()):
            raise RefusalError("retraining measures accuracy, so each sample needs one class as its label")
    filler = FeatureBaseline.mean_of(train) if stand_in is None else stand_in
    check_stand_in(filler, 1)
    both = (train, test)
    fillings = [Filling.of(batch, filler, n_draw=1) for batch in both]
    maps = [attribution_of(one, batch) for one, batch in zip((train_attribution, test_attribution), both, strict=True)]
    whole: list[NDArray[np.float64]] = []
    explained: list[Sequence[NDArray[np.float64]]] = []
    random: list[Sequence[NDArray[np.float64]]] = []
    pattern: list[Sequence[NDArray[np.float64]]] = []
    with progress_bar("training anew", len(seeds) * (1 + 3 * len(shares)), progress=progress) as tick:

        def met_by(pair: Sequence[Batch], seed: int) -> NDArray[np.float64]:
            share_met = right(how(pair[0], seed), pair[1])
            tick(1)
            return share_met

        for seed in seeds:
            orders = [
                removal_orders(one, batch, by=by, n_random=1, seed=seed) for one, batch in zip(maps, both, strict=True)
            ]
            steps = []
            for share in shares:
                # Of the orders the first has the most important first, the last is random.
                first, chance = (
                    [taken(order[place], batch, share, game) for order, batch in zip(orders, both, strict=True)]
                    for place in (0, -1)
                )
                left, left_by_chance = (list(map(without, fillings, gone)) for gone in (first, chance))
                pairs = (left, left_by_chance, list(map(as_values, both, first)))
                steps.append([met_by(pair, seed) for pair in pairs])
            whole.append(met_by(both, seed))
            for part, values in zip((explained, random, pattern), zip(*steps, strict=True), strict=True):
                part.append(values)
    commonest = float(torch.bincount(test.label.cpu()).max()) / len(test)
    return Retrained(
        np.array(shares),
        np.array(explained),
        np.array(random),
        np.array(pattern),
        np.stack(whole),
        commonest,
        game,
        bootstrap,
    )


def taken(order: NDArray[np.int64], batch: Batch, share: float, game: Game) -> torch.Tensor:
    """The cells that go, ``[sample, time, feature]``: the first of the order, or all measured ones but these."""
    first = torch.from_numpy(first_fraction(order, share))
    measured = torch.from_numpy(order >= 0)
    return (first if game == "remove" else measured & ~first).to(batch.x.device)


def without(filling: Filling, gone: torch.Tensor) -> Batch:
    """The samples with what stands in for some of their cells."""
    return filling(torch.arange(len(gone), device=gone.device), {"x": gone})


def as_values(batch: Batch, gone: torch.Tensor) -> Batch:
    """The samples with 1 where a cell is gone and 0 elsewhere in place of all values."""
    return batch.with_x(torch.where(batch.cells, gone.to(batch.x.dtype), batch.x))


def right(model: TorchModel, batch: Batch) -> NDArray[np.float64]:
    """Whether a model meets the label of each sample, ``[sample]``; 1 or 0."""
    there = batch.to(device=model.device, dtype=model.dtype)
    with frozen(model):
        return np.asarray(met(outputs_of(model, there), there).cpu().numpy(), dtype=np.float64)
