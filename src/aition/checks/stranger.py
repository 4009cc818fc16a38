"""Strangers: networks that never saw the data, with which a model is compared that can't forget what it knows."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from aition.checks.asking import Asking, measured
from aition.checks.likeness import CEILING, ROOM, Likeness, likeness_of
from aition.checks.randomising import sizes_in
from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.protocol import Padding
from aition.core.target import Target
from aition.metrics.interval import Bootstrap
from aition.models.builders import create
from aition.models.fresh import untrained

STRANGERS = "networks that never saw the data"


def can_forget(model: Model) -> bool:
    """Whether a model can be given fresh weights."""
    try:
        untrained(model, seed=0) if isinstance(model, TorchModel) else None
    except RefusalError:
        return False
    return isinstance(model, TorchModel)


def strangers(
    explainer: Any,
    model: Model,
    batch: Batch,
    target: Target,
    *,
    background: Batch | None = None,
    n_model: int = 3,
    seed: int = 0,
    ceiling: float = CEILING,
    room: float = ROOM,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
) -> Likeness:
    """Explain a model, and other networks with random weights in its place, asked for the same output.

    It is the randomisation of weights for who has none at hand: an explainer whose map is the same for a model and for
    a network that never saw the data doesn't look at the model. It says less than that check, for the networks are
    convolutional whatever the model is.

    Args:
        explainer: As in :func:`~aition.checks.randomised_weights`.
        model: Any, such as a black box.
        batch: The samples.
        target: The question; one number a sample.
        background: What an explainer is fitted on; the batch where there is none.
        n_model: Networks, each with other weights; 2 or more.
        seed: Of the weights.
        ceiling: As in :func:`~aition.checks.randomised_weights`.
        room: Likewise.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.

    Returns:
        Rank correlations; :func:`~aition.checks.like_unlearned` says what they mean.

    Raises:
        InputError: There are fewer than two networks.
        RefusalError: The model answers every step, or the explainer answers no attribution.

    References:
        After Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018; that the networks are others is ours.
    """
    if n_model < 2:
        raise InputError(f"n_model must be 2 or more, for they are compared with each other, but is {n_model}")
    asking = Asking(explainer, batch, target, batch if background is None else background, padding)
    trained = asking.explained(model)
    own = measured(trained["attribution"], trained)
    if "time" in trained["prediction"].dims:
        raise RefusalError("strangers answer once a sample, but this model answers every step")
    others = [stranger(model, batch, seed=seed + place) for place in range(n_model)]
    maps = [measured(asking.again(one, trained), trained) for one in others]
    return likeness_of(STRANGERS, own, maps, sizes_in(trained), ceiling=ceiling, room=room, bootstrap=bootstrap)


def stranger(model: Model, batch: Batch, *, seed: int) -> TorchModel:
    """A convolutional network with random weights, whose answers have the form of the model's.

    Inputs are brought to deviations, feature by feature, as they would be for a network that learns: units change
    nothing, and what was not measured is the mean.
    """
    shape = outputs_of(model, batch.take([0])).shape[1:]
    seen = (batch.observed & batch.cells).to(batch.x.dtype)
    count = seen.sum(dim=(0, 1)).clamp(min=1)
    middle = (batch.x * seen).sum(dim=(0, 1)) / count
    deviation = (((batch.x - middle) * seen).square().sum(dim=(0, 1)) / count).sqrt()
    spread = torch.where(deviation > 0, deviation, 1.0)
    fresh = create("conv-classifier", n_feature=batch.n_feature, n_class=max(1, int(np.prod(shape))), seed=seed)

    def forward(module: torch.nn.Module, given: Batch) -> torch.Tensor:
        moved = torch.where(given.observed, (given.x - middle.to(given.x)) / spread.to(given.x), 0.0)
        outputs: torch.Tensor = fresh.forward(module, given.with_x(moved))
        return outputs.reshape(len(given), *shape)

    return replace(fresh, forward=forward, axes=model.axes, head="none")
