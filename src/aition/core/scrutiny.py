"""What is looked at before a model is believed: its outputs, its head, whether padding sways it; and what is asked."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import AitionWarning, ModelError, TargetError
from aition.core.freeze import random_state_kept
from aition.core.head import look_like_probabilities
from aition.core.model import Model, TorchModel
from aition.core.signals import signals, with_signals
from aition.core.target import Target, output_axes


def check_outputs(outputs: Tensor, batch: Batch, *, axes: tuple[str, ...], whole: tuple[str, ...] = ()) -> None:
    """Raise unless outputs are finite; in the padding they may be anything, unless all steps are asked for together.

    Args:
        outputs: ``[sample, …]``.
        batch: What the model was given.
        axes: Names of the outputs' axes after ``sample``.
        whole: Those of them that are asked for whole.

    Raises:
        ModelError: Naming the first sample that is not.
    """
    broken = ~torch.isfinite(outputs)
    if "time" in axes and "time" not in whole:
        broken = broken.movedim(axes.index("time") + 1, 1)
        broken = broken & batch.exists.to(outputs.device).reshape(*batch.exists.shape, *(1,) * (outputs.ndim - 2))
    bad = broken.reshape(len(outputs), -1).any(dim=1)
    if bool(bad.any()):
        first = int(bad.nonzero()[0])
        raise ModelError(
            f"the model's outputs must be finite, but are NaN or Inf for {int(bad.sum())} of {len(bad)} samples, "
            f"first {str(batch.ids[first])!r}"
        )


def check_steps(targets: Sequence[Target], batch: Batch, *, more: bool) -> None:
    """Raise, or warn where more samples follow, if no sample has the step that a target asks for.

    Args:
        targets: What is asked.
        batch: All samples, or the first of them.
        more: Whether others follow, which may be longer.

    Raises:
        TargetError: Naming the step and the samples' lengths.
    """
    shortest, longest = int(batch.lengths.min()), int(batch.lengths.max())
    asked = [choice for one in targets for axis, choice in (*one.at, *one.versus) if axis == "time"]
    beyond = [choice for choice in asked if isinstance(choice, int) and choice >= longest]
    if not beyond:
        return
    lengths = f"{longest} steps" if shortest == longest else f"{shortest} to {longest} steps"
    words = (
        f"time {beyond[0]} lies beyond the end of every {'sample so far' if more else 'sample'}: they have {lengths}, "
        f"of which the last is time {longest - 1}"
    )
    if not more:
        raise TargetError(f"{words}; ask for an earlier step, or for time='last'")
    warnings.warn(f"{words}; samples without it are answered by NaN", AitionWarning, stacklevel=2)


def warn_of_chance(model: Model, one: Batch) -> None:
    """Warn where the model does not say the same of the same sample twice."""
    with torch.no_grad():
        said, again = model(one), model(one)
    if said.shape != again.shape or not torch.allclose(said, again, rtol=1e-4, atol=1e-5, equal_nan=True):
        warnings.warn(
            "the model says something else of the same sample every time: it drops out in evaluation mode (write "
            "functional.dropout(…, training=self.training)), draws at random, or keeps a state from call to call; its "
            "explanation hangs on chance",
            AitionWarning,
            stacklevel=2,
        )


def with_head_settled(model: Model, one: Batch) -> Model:
    """The model with the head that it was found to have, or with none.

    Warns where outputs look like probabilities but no softmax or sigmoid was found at their end.
    """
    if not isinstance(model, TorchModel) or model.head != "auto":
        return model
    with random_state_kept():
        found = model.head_found(one)
    model = replace(model, head=found)
    with torch.no_grad():
        raw = model(one)
    if found == "none" and look_like_probabilities(raw):
        warnings.warn(
            "the outputs look like probabilities, which saturate, but no softmax was found at their end: they are "
            "explained as they are; declare head='softmax' or head='sigmoid' to explain logits, head='none' if this is "
            "meant",
            AitionWarning,
            stacklevel=2,
        )
    return model


def warn_of_padding(model: Model, one: Batch) -> None:
    """Warn where what stands in the padding of a sample changes what the model says of its existing steps."""
    parts = signals(one)
    other = with_signals(
        one, {name: torch.where(part.exists, part.value, part.value + 1) for name, part in parts.items()}
    )
    with torch.no_grad():
        said, then = model(one), model(other)
    axes = output_axes(said, one, model.axes)
    if "time" in axes:
        place = axes.index("time") + 1
        exists = one.exists.to(said.device)
        said, then = (outputs.movedim(place, 1)[exists] for outputs in (said, then))
    if not torch.allclose(said, then, rtol=1e-4, atol=1e-5):
        warnings.warn(
            "the model reads padding: other values there change its outputs; mask it by batch.exists or batch.lengths "
            "in the forward function, or give explain() padding='remove'",
            AitionWarning,
            stacklevel=2,
        )
