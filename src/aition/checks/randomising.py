"""Randomisation: does an explanation change when the model forgets what it learned?"""

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.anew import Train, permuted
from aition.checks.asking import Asking, measured
from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, judged, not_measured, verdict_of
from aition.checks.likeness import CEILING, ROOM, Likeness, likeness_of
from aition.checks.ranks import agreement
from aition.checks.removing import attribution_of
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, TorchModel, white_box
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Padding
from aition.core.target import Target
from aition.metrics.interval import Bootstrap
from aition.metrics.truth import auroc
from aition.models.fresh import forgetful, layers_from_output, untrained

WEIGHTS, LABELS, TRUTH = "fresh weights", "permuted labels", "fresh weights against the truth"
CHANCE = 0.05
"""AUROC by which a model with fresh weights may seem to find the truth better than the values alone."""


def randomised_weights(
    explainer: Any,
    model: Model,
    batch: Batch,
    target: Target,
    *,
    background: Batch | None = None,
    n_model: int = 4,
    layers: bool = False,
    seed: int = 0,
    ceiling: float = CEILING,
    room: float = ROOM,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> Likeness:
    """Explain the model and copies of it with fresh weights, asking each for the output that the model was asked for.

    Maps are compared over the cells that were measured.

    Args:
        explainer: One that answers ``attribution``, ``[sample, time, feature]``; it is fitted anew for each model if it
            has to be.
        model: The trained network; it is left as it is.
        batch: The samples.
        target: The question; one number a sample.
        background: What an explainer is fitted on; the batch where there is none.
        n_model: Copies, each with other fresh weights; 2 or more, for they are compared with each other, too.
        layers: Whether to go through the layers, too: from the output on, each with all before it, and each alone.
        seed: Of the weights.
        ceiling: Rank correlation that is too much, whatever two fresh copies have in common.
        room: What is allowed beyond that.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.
        progress: "auto" shows a bar on a terminal.

    Returns:
        Rank correlations; :func:`~aition.checks.like_unlearned` says what they mean.

    Raises:
        InputError: A setting is out of range.
        RefusalError: The model is a black box or can't begin anew; the explainer answers no attribution.

    References:
        Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018, sections 4.1 and 4.2.
    """
    known = checked(model, n_model)
    asking = Asking(explainer, batch, target, batch if background is None else background, padding)
    names = layers_from_output(known, batch) if layers else ()
    with progress_bar(WEIGHTS, 1 + n_model + 2 * len(names), progress=progress) as tick:

        def mapped(one: TorchModel) -> xr.DataArray:
            attribution = measured(asking.again(one, trained), trained)
            tick(1)
            return attribution

        trained = asking.explained(known)
        tick(1)
        own = measured(asking.compared(known, trained), trained)
        fresh = [mapped(untrained(known, seed=seed + place)) for place in range(n_model)]
        found = likeness_of(WEIGHTS, own, fresh, sizes_in(trained), ceiling=ceiling, room=room, bootstrap=bootstrap)
        if not names:
            return found
        falling = [agreement(own, mapped(forgetful(known, names[: n + 1], seed=seed))) for n in range(len(names))]
        alone = [agreement(own, mapped(forgetful(known, [name], seed=seed))) for name in names]
        return replace(found, layers=names, cascade=np.stack(falling), alone=np.stack(alone))


def randomised_labels(
    explainer: Any,
    model: Model,
    train: Batch,
    batch: Batch,
    target: Target,
    *,
    how: Train,
    background: Batch | None = None,
    n_model: int = 2,
    seed: int = 0,
    ceiling: float = CEILING,
    room: float = ROOM,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> Likeness:
    """Explain the model, and models of its kind that were trained on labels without a relation to their samples.

    They learn their samples by heart or learn nothing; in either case what they say of other samples means nothing.

    Args:
        explainer: As in :func:`randomised_weights`.
        model: The trained network; it is left as it is.
        train: Labelled samples that it was trained on.
        batch: The samples that are explained; others than those of ``train``.
        target: The question; one number a sample.
        how: From samples and a seed to a trained model; :func:`like_model` makes one.
        background: What an explainer is fitted on; ``train`` where there is none.
        n_model: Models, each trained on labels that are permuted otherwise; 2 or more.
        seed: Of the permutations and of the training.
        ceiling: As in :func:`randomised_weights`.
        room: Likewise.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: A setting is out of range, or samples to train on are explained, too.
        RefusalError: The model is a black box; the explainer answers no attribution.

    References:
        Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018, section 5.
    """
    known = checked(model, n_model)
    if shared := set(train.ids.tolist()) & set(batch.ids.tolist()):
        raise InputError(f"train and batch must be different samples, but share {len(shared)}, such as {min(shared)!r}")
    asking = Asking(explainer, batch, target, train if background is None else background, padding)
    with progress_bar(LABELS, 1 + n_model, progress=progress) as tick:
        trained = asking.explained(known)
        tick(1)
        maps = []
        for place in range(n_model):
            unlearned = how(permuted(train, seed + place), seed + place)
            maps.append(measured(asking.again(unlearned, trained), trained))
            tick(1)
        own = measured(asking.compared(known, trained), trained)
        return likeness_of(LABELS, own, maps, sizes_in(trained), ceiling=ceiling, room=room, bootstrap=bootstrap)


def against_truth(
    attribution: xr.DataArray,
    batch: Batch,
    truth: NDArray[np.bool_],
    *,
    tolerance: float = CHANCE,
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> CheckVerdict:
    """Does the map of a model that knows nothing find the truth better than the sizes of the values do?

    If so, the explainer knows of the truth without the model, and its figures against this truth mean little.

    Args:
        attribution: Of a model with fresh weights, with axes sample, time and feature.
        batch: The samples.
        truth: Which cells matter, ``[sample, time, feature]``.
        tolerance: AUROC that passes.
        bootstrap: How the interval over the samples is made.

    Returns:
        The AUROC of the magnitudes over that of the values' distances from their feature's mean.
    """
    exists = batch.exists.cpu().numpy()
    axes = ("sample", "time", "feature")
    given = {"value": (axes, batch.x.detach().cpu().numpy()), "observed": (axes, batch.observed.cpu().numpy())}
    sizes = sizes_in(xr.Dataset({**given, "exists": (axes[:2], exists)})).values
    said = np.abs(attribution_of(attribution, batch))
    gain = auroc(said, truth, exists) - auroc(sizes, truth, exists)
    if np.isnan(gain).all():
        return not_measured(TRUTH, "no sample has both true cells and others", tolerance, highest=True, unit="AUROC")
    figure = interval_of(bootstrap, gain)
    finding = judged(figure, tolerance, highest=True)
    what = {
        "passed": "of a model that knows nothing, the explanation finds the truth no better than the values' sizes do",
        "alarm": "of a model that knows nothing, the explanation finds the truth better than the values' sizes do",
    }.get(finding, "whether the explanation finds the truth of a model that knows nothing is open")
    words = f"{what}: its AUROC is {spread(figure)} above theirs"
    return verdict_of(TRUTH, finding, words, figure, tolerance, highest=True, unit="AUROC")


def sizes_in(explanation: xr.Dataset) -> xr.DataArray:
    """How far each value is from its feature's mean, in the feature's deviations, ``[sample, time, feature]``.

    What was not measured is at the mean; padding is NaN.
    """
    there = explanation["exists"]
    known = explanation["value"].where(explanation["observed"] & there).astype(np.float64)
    mean, deviation = (getattr(known, name)(dim=("sample", "time")) for name in ("mean", "std"))
    far: xr.DataArray = abs((known - mean) / deviation.where(deviation > 0, 1.0))
    return far.fillna(0.0).where(there).transpose("sample", "time", "feature")


def checked(model: Model, n_model: int) -> TorchModel:
    """The network; raises where it is a black box, or too few models are asked for."""
    if n_model < 2:
        raise InputError(f"n_model must be 2 or more, for they are compared with each other, but is {n_model}")
    return white_box(model, "randomisation", needs="weights", instead="removal, stability or agreement")
