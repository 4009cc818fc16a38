"""Standardisation: values in deviations from the training samples' mean."""

from dataclasses import replace

import torch

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.events import is_events

DEVIATIONS = "deviations"
"""The unit of values that were standardised."""


def standardise(batch: Batch, *, like: Batch) -> Batch:
    """Take off the mean and divide by the deviation, feature by feature.

    Only existing, observed cells count; what was not observed, and padding, becomes 0, the mean. A feature that never
    changes is only centred.

    Args:
        batch: The samples to standardise.
        like: The samples that give mean and deviation; the training samples.

    Returns:
        The samples with ``x`` in deviations (population standard deviation over ``like``); so are their ``units``,
        where they were known.

    Raises:
        InputError: A feature that ``batch`` holds was never observed in ``like``, their features differ, or they are
            events.

    >>> from aition.core.assemble import from_tensors
    >>> train = from_tensors(torch.tensor([[1.0, 3.0, float("nan")]]), layout="sample time")
    >>> standardise(train, like=train).x.flatten().tolist()
    [-1.0, 1.0, 0.0]
    """
    if is_events(batch):
        raise InputError(
            "values of events are standardised by code: scale_events(batch, event_scales(like)); x is their presence"
        )
    if batch.feature_names != like.feature_names:
        raise InputError(
            f"like must have the features of the batch, {list(batch.feature_names)}, but has {list(like.feature_names)}"
        )
    count = like.observed.sum(dim=(0, 1))
    unseen = (count == 0) & batch.observed.any(dim=0).any(dim=0)
    if bool(unseen.any()):
        names = [name for name, never in zip(like.feature_names, unseen.tolist(), strict=True) if never]
        raise InputError(f"features {names} were never observed in like: they have no mean; leave them out")
    wide = like.x.double().where(like.observed, 0)
    mean = wide.sum(dim=(0, 1)) / count.clamp(min=1)
    spread = ((wide - mean).where(like.observed, 0).square().sum(dim=(0, 1)) / count.clamp(min=1)).sqrt()
    constant = spread <= mean.abs() * torch.finfo(like.x.dtype).eps
    scaled = (batch.x.double() - mean) / spread.where(~constant, 1)
    made = batch.with_x(scaled.where(batch.observed, 0).to(batch.x.dtype))
    return replace(made, units=(DEVIATIONS,) * batch.n_feature) if batch.units else made
